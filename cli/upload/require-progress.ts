// Ends an upload whose offset does not move: a server that answers PATCH with success and stores nothing would be sent the
// file over and over (measured: 75 MiB of a 19 MiB file in 5 s).
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest, HttpResponse } from 'tus-js-client';
import type { OnRetry } from '../api/pause.ts';
import { newRetryDelays } from '../api/retry.ts';
import { CliError } from '../errors.ts';

const MAX_STUCK = 5;

class UploadStuck extends CliError<'UPLOAD_STUCK'> {
  constructor(status: number, offset: number) {
    const answered = `it answered ${status} with Upload-Offset ${offset} to ${MAX_STUCK} requests with more bytes`;
    super('UPLOAD_STUCK', `The server stores none of the bytes: ${answered}. Look into its log.`);
  }
}

/** Returns a callback for tus-js-client, which waits for it before it goes on. */
export function requireProgress(
  reject: (error: Error) => void,
  onRetry: OnRetry,
): (request: HttpRequest, response: HttpResponse) => Promise<void> {
  const delays = newRetryDelays();
  let stuck = 0;
  return async (request, response) => {
    if (request.getMethod() !== 'PATCH' || response.getStatus() >= 400) return;
    const sentAt = Number(request.getHeader('Upload-Offset'));
    const offset = Number(response.getHeader('Upload-Offset'));
    if (offset > sentAt) {
      stuck = 0;
      return;
    }
    const delay = delays[stuck] ?? 0;
    stuck += 1;
    const error = new UploadStuck(response.getStatus(), offset);
    if (stuck >= MAX_STUCK) reject(error);
    else onRetry(new Error('the server stored none of the bytes'), delay);
    await sleep(delay, undefined, { ref: false });
  };
}
