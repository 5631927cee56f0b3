// What can be done with one file: what the machine accepts now, and no more. A refusal is shown in words.
import { DELETE_FILE, type LifecycleEvent, type WaybillFile, type WaybillError, expectSuccess } from '@waybill/client';
import { type UsedFile, useTransition } from '@waybill/client/react';
import { useState } from 'react';
import { onThisServer } from '../app/settings.ts';
import { type Session, mayChange } from '../app/session.ts';
import { messageOf, reprocess } from '../files/bulk.ts';
import { describeRefusal, offeredEvents } from '../files/events.ts';
import { CANCEL_PROCESSING } from '../generated/documents.ts';
import { EVENT_NAMES, TEXTS } from '../texts.ts';
import { Confirm } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import type { Details } from './details.ts';

interface ActionsProps {
  readonly file: WaybillFile;
  readonly details: Details | null;
  readonly session: Session;
  readonly transition: UsedFile['transition'];
  readonly onDeleted: () => void;
}

export function Actions({ file, details, session, transition, onDeleted }: ActionsProps) {
  const { waybill } = session;
  const isAllowed = mayChange(session);
  const { send, isPending, error } = useTransition({ transition });
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [sent, setSent] = useState<LifecycleEvent | null>(null);
  const events = isAllowed ? offeredEvents(file) : [];
  const run = (work: () => Promise<unknown>): void => {
    setProblem(null);
    work().catch((failure: unknown) => setProblem(messageOf(failure)));
  };
  const remove = async (): Promise<void> => {
    const { deleteFile } = await waybill.mutate(DELETE_FILE, { input: { id: file.id } });
    expectSuccess(deleteFile);
    onDeleted();
  };
  const cancel = async (): Promise<void> => {
    const { cancelProcessing } = await waybill.mutate(CANCEL_PROCESSING, { input: { id: file.id } });
    expectSuccess(cancelProcessing);
  };
  const begin = (event: LifecycleEvent): void => {
    setProblem(null);
    setSent(event);
    void send(event);
  };
  const again = async (): Promise<void> => {
    if ((await reprocess(waybill, [file.id])) === 0) throw new Error(TEXTS.notReprocessed);
  };
  const isCancelling = details?.processing?.cancelRequested === true;
  const said = problem ?? (error === undefined || sent === null ? null : explain(error, sent));
  return (
    <section className="actions" aria-label={TEXTS.actions}>
      {details?.contentUrl != null && (
        <a className="button primary" href={onThisServer(details.contentUrl)} download={file.name}>
          <Icon name="download" />
          {TEXTS.download}
        </a>
      )}
      {events.map((event) => (
        <button key={event} type="button" className="button" disabled={isPending} onClick={() => begin(event)}>
          {EVENT_NAMES[event]}
        </button>
      ))}
      {isAllowed && file.state === 'PROCESSING' && file.transfer === 'MANAGED' && (
        <button type="button" className="button" disabled={isCancelling} onClick={() => run(cancel)}>
          {isCancelling ? TEXTS.cancelRequested : TEXTS.cancelProcessing}
        </button>
      )}
      {isAllowed && file.state === 'INDEXED' && file.transfer === 'MANAGED' && (
        <button type="button" className="button" onClick={() => run(again)}>
          {TEXTS.reprocess}
        </button>
      )}
      {isAllowed && (
        <button type="button" className="button dangerous" onClick={() => setAsking(true)}>
          <Icon name="trash" />
          {TEXTS.remove}
        </button>
      )}
      <p role="alert" className="problem">
        {said}
      </p>
      {isAsking && (
        <Confirm
          title={TEXTS.confirmDeleteOne(file.name)}
          hint={TEXTS.confirmDeleteHint(1)}
          action={TEXTS.remove}
          onConfirm={() => run(remove)}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

function explain({ code, message, extensions }: WaybillError, event: LifecycleEvent): string {
  const { file } = extensions as { readonly file?: WaybillFile };
  return describeRefusal({ code, message, ...(file !== undefined && { file }) }, event);
}
