// One webhook: what it is sent, how it is, and what can be done with it.
import { type Waybill, WaybillError, expectSuccess } from '@waybill/client';
import { useId, useState } from 'react';
import { formatShortTime } from '../app/format.ts';
import { DELETE_WEBHOOK, REPLAY_WEBHOOK, ROTATE_WEBHOOK_SECRET, UPDATE_WEBHOOK } from '../generated/documents.ts';
import type { ListedWebhookFragment } from '../generated/operations.ts';
import { STATE_NAMES } from '../texts.ts';
import { KIND_NAMES, OPS, WEBHOOK_STATE_NAMES } from '../texts-operations.ts';
import { Confirm } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { Deliveries } from './deliveries.tsx';
import { useDoing } from './loaded.ts';

interface WebhookItemProps {
  readonly webhook: ListedWebhookFragment;
  readonly waybill: Waybill;
  readonly onChanged: () => void;
  readonly onSecret: (secret: string) => void;
}

/** What is asked before it is done. `after` is a cursor. */
type Asking = { readonly what: 'rotate' | 'remove' } | { readonly what: 'replay'; readonly after: string | null };

export function WebhookItem({ webhook, waybill, onChanged, onSecret }: WebhookItemProps) {
  const { id, url, state, cursor } = webhook;
  const [asking, setAsking] = useState<Asking | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [said, setSaid] = useState('');
  const { isBusy, problem, run } = useDoing();
  const panel = useId();
  const act = (work: () => Promise<string | void>): void =>
    run(async () => {
      setSaid('');
      setSaid((await work()) ?? '');
      onChanged();
    });
  const setState = async (next: 'ACTIVE' | 'PAUSED'): Promise<void> => {
    const { updateWebhook } = await waybill.mutate(UPDATE_WEBHOOK, { input: { id, state: next } });
    expectSuccess(updateWebhook);
  };
  const rotate = async (): Promise<void> => {
    const { rotateWebhookSecret: answer } = await waybill.mutate(ROTATE_WEBHOOK_SECRET, { input: { id } });
    if (answer.__typename === 'RequestError') throw new WaybillError(answer.code, answer.message);
    onSecret(answer.secret);
  };
  const remove = async (): Promise<void> => {
    const { deleteWebhook } = await waybill.mutate(DELETE_WEBHOOK, { input: { id } });
    expectSuccess(deleteWebhook);
  };
  const replay = async (after: string): Promise<string> => {
    const { replayWebhook } = await waybill.mutate(REPLAY_WEBHOOK, { input: { id, after } });
    expectSuccess(replayWebhook);
    return OPS.replayStarted;
  };
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
          ? button(OPS.disable, () => act(() => setState('PAUSED')))
          : button(OPS.enable, () => act(() => setState('ACTIVE')))}
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
      {asking?.what === 'rotate' && (
        <Confirm
          title={OPS.confirmRotate}
          hint={OPS.confirmRotateHint}
          action={OPS.rotate}
          onConfirm={() => act(rotate)}
          onClose={() => setAsking(null)}
        />
      )}
      {asking?.what === 'remove' && (
        <Confirm
          title={OPS.confirmRemove}
          hint={OPS.confirmRemoveHint}
          action={OPS.remove}
          onConfirm={() => act(remove)}
          onClose={() => setAsking(null)}
        />
      )}
      {asking?.what === 'replay' && (
        <Confirm
          title={OPS.confirmReplay}
          hint={asking.after === null ? OPS.confirmReplayAll : OPS.confirmReplayAfter}
          action={OPS.replay}
          onConfirm={() => act(() => replay(asking.after ?? cursor))}
          onClose={() => setAsking(null)}
        />
      )}
    </li>
  );
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
