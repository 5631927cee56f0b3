// The uploads of this page, below on the right: each with what was sent and stored, its rate, the time left, and its buttons.
import { useUploads } from '@waybill/client/react';
import { useState } from 'react';
import { formatBytes, formatDuration } from '../app/format.ts';
import { go } from '../app/route.ts';
import { TEXTS } from '../texts.ts';
import { Bar } from '../ui/bar.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import type { Upload, UploadQueue, UploadStatus } from './queue.ts';

const PAUSABLE: readonly UploadStatus[] = ['waiting', 'sending', 'reconnecting'];
/** More are not drawn: they wait for their turn. */
const MAX_SHOWN = 200;

export function QueuePanel({ queue }: { readonly queue: UploadQueue }) {
  const uploads = useUploads(queue);
  const [isOpen, setOpen] = useState(true);
  if (uploads.length === 0) return null;
  const left = uploads.filter(({ status }) => status !== 'stored');
  const title = left.length === 0 ? TEXTS.uploadsDone : TEXTS.uploadsLeft(left.length);
  const canPause = left.some(({ status }) => PAUSABLE.includes(status));
  const changeAll = (): void => {
    for (const { key, status } of left) {
      if (canPause && PAUSABLE.includes(status)) queue.pause(key);
      else if (!canPause && status === 'paused') queue.resume(key);
    }
  };
  const clear = (): void => uploads.forEach(({ key, status }) => (status === 'stored' ? queue.remove(key) : undefined));
  return (
    <aside className="queue" aria-label={TEXTS.uploads} data-open={isOpen || undefined}>
      <header className="queue-head">
        <h2>{title}</h2>
        {/* Not each file: whoever listens hears of the end. */}
        <p role="status" className="hidden">
          {left.length === 0 ? TEXTS.uploadsDone : ''}
        </p>
        {left.length > 1 && (
          <button type="button" className="button quiet" onClick={changeAll}>
            {canPause ? TEXTS.pauseAll : TEXTS.resumeAll}
          </button>
        )}
        {left.length < uploads.length && (
          <button type="button" className="button quiet" onClick={clear}>
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
              <UploadItem key={upload.key} upload={upload} queue={queue} />
            ))}
        </ul>
      )}
    </aside>
  );
}

function UploadItem({ upload, queue }: { readonly upload: Upload; readonly queue: UploadQueue }) {
  const { key, name, size, sent, stored, status, state, fileId } = upload;
  const button = (icon: IconName, label: string, act: () => void) => (
    <button type="button" className="button quiet" aria-label={`${label}: ${name}`} title={label} onClick={act}>
      <Icon name={icon} />
    </button>
  );
  return (
    <li className="upload" data-status={status}>
      <div className="upload-top">
        {fileId === null ? (
          <bdi className="upload-name">{name}</bdi>
        ) : (
          <button type="button" className="upload-name link" title={name} onClick={() => go({ fileId })}>
            <bdi>{name}</bdi>
          </button>
        )}
        {PAUSABLE.includes(status) && button('pause', TEXTS.pause, () => queue.pause(key))}
        {status === 'paused' && button('play', TEXTS.resume, () => queue.resume(key))}
        {status === 'refused' && button('retry', TEXTS.retry, () => queue.resume(key))}
        {status !== 'stored' && button('close', TEXTS.cancelUpload, () => queue.cancel(key))}
        {status === 'stored' && state !== null && <StateBadge state={state} />}
      </div>
      {status !== 'stored' && (
        <Bar label={name} sent={size === 0 ? 0 : sent / size} stored={size === 0 ? 0 : stored / size} />
      )}
      <p className="upload-note">
        <span>{noteOf(upload)}</span>
        <span>{formatBytes(size)}</span>
      </p>
    </li>
  );
}

function noteOf({ status, failure, rate, size, sent }: Upload): string {
  switch (status) {
    case 'waiting':
      return TEXTS.waiting;
    case 'paused':
      return TEXTS.paused;
    case 'missing':
      return TEXTS.dropAgain;
    case 'reconnecting':
      return TEXTS.reconnecting;
    case 'refused':
      return failure ?? TEXTS.refused;
    case 'stored':
      return TEXTS.stored;
    case 'sending':
      if (rate === null || rate <= 0) return '';
      return `${formatBytes(rate)}/s · ${TEXTS.left(formatDuration(Math.ceil((size - sent) / rate)))}`;
  }
}
