// One webhook: what it is sent, how it is, and what can be done with it.
import type { Waybill } from '@waybill/client';
import { useId, useState } from 'react';
import { formatShortTime } from '../app/format.ts';
import type { ListedWebhookFragment } from '../generated/operations.ts';
import { STATE_NAMES } from '../texts.ts';
import { KIND_NAMES, OPS, WEBHOOK_STATE_NAMES } from '../texts-operations.ts';
import { Confirm } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { Deliveries } from './deliveries.tsx';
import { useDoing } from './loaded.ts';
import { webhookRequests } from './webhook-requests.ts';

interface WebhookItemProps {
  readonly webhook: ListedWebhookFragment;
  readonly waybill: Waybill;
  readonly onChanged: () => void;
  readonly onSecret: (secret: string) => void;
}

/** What is asked before it is done. `after` is a cursor. */
type Asking =
  | { readonly what: 'rotate' }
  | { readonly what: 'remove' }
  | { readonly what: 'replay'; readonly after: string | null };

export function WebhookItem({ webhook, waybill, onChanged, onSecret }: WebhookItemProps) {
  const { id, url, state } = webhook;
  const [asking, setAsking] = useState<Asking | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [said, setSaid] = useState('');
  const { isBusy, problem, run } = useDoing();
  const panel = useId();
  const requests = webhookRequests(waybill, id);
  const act = (work: () => Promise<string | void>): void =>
    run(async () => {
      setSaid('');
      setSaid((await work()) ?? '');
      onChanged();
    });
  const button = (name: string, onClick: () => void) => (
    <button type="button" className="button" aria-label={OPS.of(name, url)} disabled={isBusy} onClick={onClick}>
      {name}
    </button>
  );
  return (
    <li className="ops-item">
      <div className="ops-item-head">
        <h3>{url}</h3>
        <span className="webhook-state" data-state={state}>
          {WEBHOOK_STATE_NAMES[state]}
        </span>
      </div>
      <p className="faint">{describe(webhook)}</p>
      {webhook.disabledReason !== null && <p className="problem">{webhook.disabledReason}</p>}
      <div className="ops-item-actions">
        <button
          type="button"
          className="button"
          aria-label={OPS.of(OPS.deliveries, url)}
          aria-expanded={isOpen}
          aria-controls={panel}
          onClick={() => setOpen(!isOpen)}
        >
          {OPS.deliveries}
          <Icon name="down" />
        </button>
        {state === 'ACTIVE'
          ? button(OPS.disable, () => act(() => requests.setState('PAUSED')))
          : button(OPS.enable, () => act(() => requests.setState('ACTIVE')))}
        {button(OPS.replay, () => setAsking({ what: 'replay', after: null }))}
        {button(OPS.rotate, () => setAsking({ what: 'rotate' }))}
        <button
          type="button"
          className="button dangerous"
          aria-label={OPS.of(OPS.remove, url)}
          disabled={isBusy}
          onClick={() => setAsking({ what: 'remove' })}
        >
          {OPS.remove}
        </button>
      </div>
      <p role="alert" className="problem">
        {problem}
      </p>
      <p role="status" className="faint">
        {said}
      </p>
      <div id={panel} hidden={!isOpen}>
        {isOpen && (
          <Deliveries waybill={waybill} id={id} onReplayAfter={(after) => setAsking({ what: 'replay', after })} />
        )}
      </div>
      {asking !== null && (
        <Question
          asking={asking}
          onConfirm={() =>
            act(async () => {
              if (asking.what === 'remove') return await requests.remove();
              if (asking.what === 'rotate') return onSecret(await requests.rotate());
              await requests.replay(asking.after ?? webhook.cursor);
              return OPS.replayStarted;
            })
          }
          onClose={() => setAsking(null)}
        />
      )}
    </li>
  );
}

const QUESTIONS = {
  rotate: { title: OPS.confirmRotate, hint: OPS.confirmRotateHint, action: OPS.rotate },
  remove: { title: OPS.confirmRemove, hint: OPS.confirmRemoveHint, action: OPS.remove },
  replay: { title: OPS.confirmReplay, hint: OPS.confirmReplayAll, action: OPS.replay },
} as const;

interface QuestionProps {
  readonly asking: Asking;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

function Question({ asking, onConfirm, onClose }: QuestionProps) {
  const isOfSome = asking.what === 'replay' && asking.after !== null;
  const question = { ...QUESTIONS[asking.what], ...(isOfSome && { hint: OPS.confirmReplayAfter }) };
  return <Confirm {...question} onConfirm={onConfirm} onClose={onClose} />;
}

function describe({ kinds, states, format, createdAt }: ListedWebhookFragment): string {
  const sent = kinds.flatMap((kind) => (kind === 'PROGRESSED' ? [] : [KIND_NAMES[kind]]));
  return [
    OPS.sentWhat(sent.join(', ')),
    ...(states === null ? [] : [OPS.sentStates(states.map((each) => STATE_NAMES[each]).join(', '))]),
    OPS.formats[format],
    OPS.since(formatShortTime(new Date(createdAt))),
  ].join(' · ');
}
