// The uploads of this page, below on the right: each with what was sent and stored, its rate, the time left, and its buttons.
import { useUploads } from '@waybill/client/react';
import type { UploadSnapshot, UploadStatus, Uploads } from '@waybill/client/upload';
import { useState } from 'react';
import { formatBytes, formatDuration } from '../app/format.ts';
import { go } from '../app/route.ts';
import { TEXTS } from '../texts.ts';
import { Bar } from '../ui/bar.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { StateBadge } from '../ui/state-badge.tsx';

const PAUSABLE: readonly UploadStatus[] = ['waiting', 'preparing', 'sending'];
/** The bytes are there; the rest is the server's. */
const STORED: readonly UploadStatus[] = ['processing', 'done'];
/** More are not drawn: they wait for their turn. */
const MAX_SHOWN = 200;

export function QueuePanel({ queue }: { readonly queue: Uploads }) {
  const uploads = useUploads(queue).uploads.filter(({ status }) => status !== 'canceled');
  const [isOpen, setOpen] = useState(true);
  if (uploads.length === 0) return null;
  const left = uploads.filter(({ status }) => !STORED.includes(status));
  const title = left.length === 0 ? TEXTS.uploadsDone : TEXTS.uploadsLeft(left.length);
  const canPause = left.some(({ status }) => PAUSABLE.includes(status));
  return (
    <aside className="queue" aria-label={TEXTS.uploads} data-open={isOpen || undefined}>
      <header className="queue-head">
        <h2>{title}</h2>
        {/* Not each file: whoever listens hears of the end. */}
        <p role="status" className="hidden">
          {left.length === 0 ? TEXTS.uploadsDone : ''}
        </p>
        {left.length > 1 && (
          <button type="button" className="button quiet" onClick={() => (canPause ? queue.pause() : queue.resume())}>
            {canPause ? TEXTS.pauseAll : TEXTS.resumeAll}
          </button>
        )}
        {uploads.some(({ status }) => status === 'done') && (
          <button type="button" className="button quiet" onClick={() => queue.clear()}>
            {TEXTS.clearDone}
          </button>
        )}
        <button
          type="button"
          className="button quiet queue-fold"
          aria-expanded={isOpen}
          aria-label={isOpen ? TEXTS.hide : TEXTS.show}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="down" />
        </button>
      </header>
      {isOpen && (
        <ul className="queue-list" tabIndex={0} aria-label={TEXTS.uploads}>
          {uploads
            .slice(-MAX_SHOWN)
            .toReversed()
            .map((upload) => (
              <UploadItem key={upload.id} upload={upload} queue={queue} />
            ))}
        </ul>
      )}
    </aside>
  );
}

function UploadItem({ upload, queue }: { readonly upload: UploadSnapshot; readonly queue: Uploads }) {
  const { id, name, size, bytesSent, bytesReceived, status, file } = upload;
  const isStored = STORED.includes(status);
  const button = (icon: IconName, label: string, act: () => void) => (
    <button type="button" className="button quiet" aria-label={`${label}: ${name}`} title={label} onClick={act}>
      <Icon name={icon} />
    </button>
  );
  return (
    <li className="upload" data-status={status}>
      <div className="upload-top">
        {file === undefined ? (
          <bdi className="upload-name">{name}</bdi>
        ) : (
          <button type="button" className="upload-name link" title={name} onClick={() => go({ fileId: file.id })}>
            <bdi>{name}</bdi>
          </button>
        )}
        {/* One button in one place, so that whoever has pressed it still has the focus on it. */}
        {PAUSABLE.includes(status)
          ? button('pause', TEXTS.pause, () => queue.pause(id))
          : status === 'paused'
            ? button('play', TEXTS.resume, () => queue.resume(id))
            : status === 'failed' && button('retry', TEXTS.retry, () => queue.retry(id))}
        {!isStored && button('close', TEXTS.cancelUpload, () => queue.cancel(id))}
        {isStored && <StateBadge state={file?.state ?? 'PROCESSING'} />}
      </div>
      {!isStored && (
        <Bar label={name} sent={size === 0 ? 0 : bytesSent / size} stored={size === 0 ? 0 : bytesReceived / size} />
      )}
      <p className="upload-note">
        <span>{noteOf(upload)}</span>
        <span>{formatBytes(size)}</span>
      </p>
    </li>
  );
}

function noteOf({ status, error, bytesPerSecond, etaSeconds }: UploadSnapshot): string {
  switch (status) {
    case 'waiting':
      return TEXTS.waiting;
    case 'paused':
      return TEXTS.paused;
    case 'failed':
      return error?.message ?? TEXTS.refused;
    case 'processing':
    case 'done':
      return TEXTS.stored;
    case 'canceled':
      return TEXTS.cancelUpload;
    case 'preparing':
    case 'sending': {
      if (error !== undefined) return TEXTS.reconnecting;
      if (bytesPerSecond === null) return '';
      const rate = `${formatBytes(bytesPerSecond)}/s`;
      return etaSeconds === null ? rate : `${rate} · ${TEXTS.left(formatDuration(Math.ceil(etaSeconds)))}`;
    }
  }
}
