// What belongs to one tus request and has to reach the store and the locker, whose interfaces are @tus/server's and know
// ids only.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Origin } from '../lifecycle/commands.ts';
import type { Checksum } from './checksum.ts';
import type { Lease } from './leases.ts';

export interface UploadRequest extends Origin {
  /** Names this request in the log. */
  readonly requestId: string;
  /** Where clients reach this server, without a trailing slash. */
  readonly baseUrl: string;
  readonly method: string;
  readonly body: IncomingMessage;
  readonly response: ServerResponse;
  /** Null: the request brings none, or has not been looked at yet. */
  checksum: Checksum | null;
  /** While this request holds one. */
  lease: Lease | null;
  /** Settles when nothing more is written for this request. */
  receiving: Promise<unknown>;
}

export const uploadRequests = new AsyncLocalStorage<UploadRequest>();

export function currentRequest(): UploadRequest {
  const request = uploadRequests.getStore();
  if (request === undefined) throw new TypeError('an upload outside of a request');
  return request;
}
