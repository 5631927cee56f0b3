// What can be done with the selected files.
import type { WaybillFile } from '@waybill/client';
import { useState } from 'react';
import { formatCount } from '../app/format.ts';
import { type Session, mayChange } from '../app/session.ts';
import { TEXTS } from '../texts.ts';
import { Confirm } from '../ui/dialog.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { type BulkOutcome, deleteAll, messageOf, reprocessAll, transitionAll } from './bulk.ts';
import { clearSelection, select, showRefusals, useSelected } from './selection.ts';

interface BulkBarProps {
  readonly session: Session;
  /** Of the list. */
  readonly files: readonly WaybillFile[];
}

export function BulkBar({ session, files }: BulkBarProps) {
  const { waybill } = session;
  const selected = useSelected();
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  const ids = [...selected];
  const only = ids.length === 1 ? files.find(({ id }) => id === ids[0]) : undefined;
  const run = async (work: () => Promise<BulkOutcome>): Promise<void> => {
    setBusy(true);
    try {
      const { done, refused } = await work();
      showRefusals(refused);
      select(refused.keys());
      setSaid(describe({ done, refused }, ids));
    } catch (error) {
      setSaid(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const reprocess = (): Promise<BulkOutcome> =>
    reprocessAll(
      waybill,
      files.filter(({ id }) => selected.has(id)),
    );
  const action = (icon: IconName, name: string, work: () => Promise<BulkOutcome>) => (
    <button type="button" className="button" disabled={isBusy} onClick={() => void run(work)}>
      <Icon name={icon} />
      {name}
    </button>
  );
  return (
    <>
      <p role="status" className={said === '' ? 'hidden' : 'said'}>
        {said}
        {said !== '' && (
          <button type="button" className="button quiet" aria-label={TEXTS.dismiss} onClick={() => setSaid('')}>
            <Icon name="close" />
          </button>
        )}
      </p>
      {ids.length > 0 && mayChange(session) && (
        <div className="bulk" role="toolbar" aria-label={TEXTS.selected(formatCount(ids.length))}>
          <strong>{TEXTS.selected(formatCount(ids.length))}</strong>
          {action('retry', TEXTS.retry, () => transitionAll(waybill, ids, 'RETRY'))}
          {action('file', TEXTS.reset, () => transitionAll(waybill, ids, 'RESET'))}
          {action('play', TEXTS.reprocess, reprocess)}
          <button type="button" className="button dangerous" disabled={isBusy} onClick={() => setAsking(true)}>
            <Icon name="trash" />
            {TEXTS.remove}
          </button>
          <button type="button" className="button quiet" aria-label={TEXTS.clearSelection} onClick={clearSelection}>
            <Icon name="close" />
          </button>
        </div>
      )}
      {isAsking && (
        <Confirm
          title={only === undefined ? TEXTS.confirmDelete(formatCount(ids.length)) : TEXTS.confirmDeleteOne(only.name)}
          hint={TEXTS.confirmDeleteHint(ids.length)}
          action={TEXTS.remove}
          onConfirm={() => void run(() => deleteAll(waybill, ids))}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function describe({ done, refused }: BulkOutcome, asked: readonly string[]): string {
  const [reason, ...others] = new Set(refused.values());
  if (reason !== undefined) {
    return others.length === 0
      ? TEXTS.doneAndRefusedFor(done, refused.size, reason)
      : TEXTS.doneAndRefused(done, refused.size);
  }
  return done < asked.length ? TEXTS.doneOf(done, asked.length) : TEXTS.done(done);
}
