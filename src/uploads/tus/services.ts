// What the handlers of the tus verbs have in common: their shape, and what they need.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ByteRates } from '../../auth/limits/byte-rates.ts';
import type { MutationRates } from '../../auth/limits/mutation-rates.ts';
import type { Timers } from '../../fsm/deadlines.ts';
import type { Origin } from '../../lifecycle/addressed.ts';
import type { RegistrationLimits } from '../../lifecycle/input.ts';
import type { FileReader } from '../../lifecycle/reader.ts';
import type { Leases } from '../leases.ts';
import type { MetadataHeaders } from '../metadata-headers.ts';
import { rateLimited } from '../upload-error.ts';
import type { UploadWriterServices } from '../writer.ts';

export const UPLOADS_PATH = '/uploads';

export interface TusServices extends UploadWriterServices {
  readonly reader: FileReader;
  readonly leases: Leases;
  readonly metadataHeaders: MetadataHeaders;
  readonly timers: Timers;
  readonly limits: RegistrationLimits;
  /** null: there is no limit, as in the next. */
  readonly rates: MutationRates | null;
  /** Of bytes that come in. */
  readonly byteRates: ByteRates | null;
  /** Called with the length of each chunk of a file that has arrived. */
  readonly onBytes: (bytes: number) => void;
}

export interface UploadCaller extends Origin {
  /** Names this request in the log. */
  readonly requestId: string;
  /** Where clients reach this server, without a trailing slash. */
  readonly baseUrl: string;
  /** Aborted when the right of the request ends. */
  readonly right: AbortSignal;
}

/** Counts a request that changes something as a mutation. @throws UploadError 429 */
export function requireRate({ tenant }: Pick<UploadCaller, 'tenant'>, { rates }: Pick<TusServices, 'rates'>): void {
  const grant = rates?.ask(tenant, 'client', 1);
  if (grant?.granted === 0) throw rateLimited(grant.retryAfterSeconds(1));
}

/**
 * Sets the headers of the answer.
 * @returns its status
 * @throws UploadError and what else `toRefusal` knows
 */
export type Verb = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: UploadCaller,
  services: TusServices,
) => number | Promise<number>;
