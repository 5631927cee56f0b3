// The locks of @tus/server, over the leases. A PATCH waits for a moment and is then refused, so that of two writers one
// goes on; a HEAD comes from a client that has lost its connection and wants to go on itself, so it makes whoever still
// writes stop, which may be a half-open connection (https://tus.io/protocols/resumable-upload: 423 Locked is RFC 4918's).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lock, Locker } from '@tus/server';
import { type Leases, releaseQuietly } from './leases.ts';
import { type UploadRequest, currentRequest } from './request-context.ts';
import { locked } from './upload-error.ts';
import { parseUploadId } from './upload-id.ts';

const PATIENCE_MS = 2_000;
const PAUSE_MS = 50;

export class LeaseLocker implements Locker {
  readonly #leases: Leases;

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  newLock(id: string): Lock {
    const request = currentRequest();
    const fileId = parseUploadId(id);
    return {
      lock: async (signal, requestRelease) => {
        if (request.method === 'PATCH') await this.acquire(request, fileId, signal, () => void requestRelease());
        if (request.method === 'HEAD') await this.#waitForRelease(fileId, signal);
      },
      unlock: async () => {
        // @tus/server gives up on a request before the store has: until it has, nobody else may write.
        await request.receiving;
        if (request.lease !== null) await releaseQuietly(this.#leases, request.lease);
        request.lease = null;
      },
    };
  }

  /** @throws UploadError 423, 404 */
  async acquire(request: UploadRequest, fileId: string, signal: AbortSignal | null, stop: () => void): Promise<void> {
    for (let waited = 0; waited <= PATIENCE_MS; waited += PAUSE_MS) {
      if (signal?.aborted === true) break;
      request.lease = await this.#leases.acquire(fileId, stop);
      if (request.lease !== null) return;
      await sleep(PAUSE_MS);
    }
    throw locked();
  }

  async #waitForRelease(fileId: string, signal: AbortSignal): Promise<void> {
    for (let waited = 0; waited <= PATIENCE_MS; waited += PAUSE_MS) {
      if (signal.aborted) break;
      if (!(await this.#leases.askForRelease(fileId))) return;
      await sleep(PAUSE_MS);
    }
    throw locked();
  }
}
