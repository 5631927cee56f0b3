// One file: what it is, where it is in its life, what can be done with it, and what is known of it.
import type { WaybillFile } from '@waybill/client';
import { useFile } from '@waybill/client/react';
import { useEffect, useRef } from 'react';
import { formatBytes, formatCount, formatTime } from '../app/format.ts';
import type { Session } from '../app/session.ts';
import { BASE_URL, HAS_GRAPHIQL, onThisServer } from '../app/settings.ts';
import { READ_FILE_DETAILS } from '../generated/documents.ts';
import { TEXTS } from '../texts.ts';
import { Bar } from '../ui/bar.tsx';
import { Icon, iconOf } from '../ui/icon.tsx';
import { Notice } from '../ui/notice.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Actions } from './actions.tsx';
import { type Details, useDetails } from './details.ts';
import { Machine } from './machine.tsx';
import { Preview } from './preview.tsx';
import { Properties } from './properties.tsx';
import { Timeline } from './timeline.tsx';

interface FilePanelProps {
  readonly id: string;
  readonly session: Session;
  readonly onClose: () => void;
}

export function FilePanel({ id, session, onClose }: FilePanelProps) {
  const live = useFile(session.waybill, id);
  const { file } = live;
  const details = useDetails(session.waybill, id, file);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside className="panel" aria-label={TEXTS.details} data-file={id}>
      <header className="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          {file != null && <Icon name={iconOf(file.contentType)} />}
          <bdi>{file?.name ?? TEXTS.details}</bdi>
        </h2>
        <button type="button" className="button quiet" aria-label={TEXTS.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {file === undefined && live.status === 'failed' && (
        <Notice
          title={TEXTS.failedToLoad}
          hint={live.error?.message ?? ''}
          action={TEXTS.tryAgain}
          onAction={live.retry}
        />
      )}
      {file === undefined && live.status !== 'failed' && <Notice title={TEXTS.loadingFile} isBusy />}
      {file === null && (
        <Notice title={TEXTS.fileGone} hint={TEXTS.fileGoneHint} action={TEXTS.backToFiles} onAction={onClose} />
      )}
      {file != null && (
        <div className="panel-body">
          <Summary file={file} details={details} />
          <Actions file={file} details={details} session={session} transition={live.transition} onDeleted={onClose} />
          <section aria-label={TEXTS.lifecycle}>
            <h3>{TEXTS.lifecycle}</h3>
            <Machine waybill={session.waybill} state={file.state} transitions={details?.transitions ?? []} />
          </section>
          {details?.contentUrl != null && <Preview file={file} url={onThisServer(details.contentUrl)} />}
          {details !== null && <Timeline file={file} details={details} />}
          {details !== null && <Properties file={file} properties={details.properties} />}
          {HAS_GRAPHIQL && (
            <a className="button" href={graphiqlLink(id)} target="_blank" rel="noopener noreferrer">
              <Icon name="link" />
              {TEXTS.openInGraphiql}
            </a>
          )}
        </div>
      )}
    </aside>
  );
}

/** The query behind this view, with this file. */
function graphiqlLink(id: string): string {
  const query = READ_FILE_DETAILS.toString();
  return `${BASE_URL}/graphql?${new URLSearchParams({ query, variables: JSON.stringify({ id }) }).toString()}`;
}

function Summary({ file, details }: { readonly file: WaybillFile; readonly details: Details | null }) {
  const { state, size, bytesReceived, contentType, attempts, maxAttempts, createdAt, failure, name } = file;
  const processing = details?.processing ?? null;
  return (
    <section className="summary" aria-label={TEXTS.state}>
      <div className="summary-state">
        <StateBadge state={state} />
        {state === 'UPLOADING' && size !== null && size > 0 && <Bar label={name} stored={bytesReceived / size} />}
        {state === 'PROCESSING' && processing !== null && (
          <span className="summary-worker">{processing.message ?? processing.worker ?? TEXTS.noWorker}</span>
        )}
        {state === 'PROCESSING' && processing?.progress != null && <Bar label={name} stored={processing.progress} />}
      </div>
      {failure !== null && (
        <p className="failure">
          <strong>{failure.message}</strong>
          <span>{failure.retryable ? TEXTS.retryable : TEXTS.notRetryable}</span>
        </p>
      )}
      <dl className="facts">
        <Fact name={TEXTS.size} value={size === null ? TEXTS.unknownSize : formatBytes(size)} />
        <Fact name={TEXTS.type} value={contentType} />
        <Fact name={TEXTS.registered} value={formatTime(new Date(createdAt))} />
        <Fact name={TEXTS.attempts} value={TEXTS.attemptsOf(formatCount(attempts), formatCount(maxAttempts))} />
      </dl>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}
