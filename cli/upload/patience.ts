// When the bytes of a file are sent again, and when that is given up.
import { toWaitMs } from '../api/rate-limits.ts';
import { type OnRetry, pause } from '../api/pause.ts';
import { newRetryDelays } from '../api/retry.ts';
import { CliError, Unreachable } from '../errors.ts';
import { UploadRefused } from './upload-refused.ts';

// 409 and 423: another writer holds the upload or the offset has moved; HEAD tells. A full disk (507) stays full.
const RETRYABLE_STATUSES = [409, 423, 429];
const INSUFFICIENT_STORAGE = 507;

// An error of the server itself, not of a proxy or a restart: it has had the bytes and may want them all again.
const INTERNAL_ERROR = 500;
const MAX_INTERNAL_ERRORS = 4;

const RESTART_MS = 250;
const MAX_SILENCES = 3;
const MAX_STUCK = 5;

/** No byte has moved for a while: a network that fails in silence. */
export class Silence extends Error {}

class UploadStuck extends CliError<'UPLOAD_STUCK'> {
  constructor(status: number, offset: number) {
    const answered = `it answered ${status} with Upload-Offset ${offset} to ${MAX_STUCK} requests with more bytes`;
    super('UPLOAD_STUCK', `The server stores none of the bytes: ${answered}. Look into its log.`);
  }
}

/** Of one upload. Whenever the server has stored more, all of it is there again. */
export class Patience {
  readonly #url: string;
  readonly #onRetry: OnRetry;
  readonly #delays = newRetryDelays();
  #offset = -1;
  #attempts = 0;
  #silences = 0;
  #stuck = 0;

  constructor(url: string, onRetry: OnRetry) {
    this.#url = url;
    this.#onRetry = onRetry;
  }

  /** The server has what lies before the offset. */
  received(offset: number): void {
    if (offset <= this.#offset) return;
    this.#offset = offset;
    this.#attempts = 0;
    this.#silences = 0;
    this.#stuck = 0;
  }

  /** Waits until the next attempt. @throws the error, if there is to be none; the signal's reason */
  async wait(error: Error, signal: AbortSignal): Promise<void> {
    if (error instanceof Silence) return await this.#waitAfterSilence(signal);
    // A wait that the server asks for is none of the attempts.
    const askedMs = error instanceof UploadRefused ? toWaitMs(error.retryAfterSeconds) : null;
    const delay = askedMs ?? (isRetryable(error, this.#attempts) ? this.#delays[this.#attempts++] : undefined);
    if (delay === undefined) throw error;
    this.#onRetry(error, delay);
    await pause(delay, signal);
  }

  async #waitAfterSilence(signal: AbortSignal): Promise<void> {
    this.#silences += 1;
    if (this.#silences > MAX_SILENCES) throw new Unreachable(this.#url, 'it stopped responding');
    await pause(RESTART_MS, signal);
  }

  /**
   * A server that answers with success and stores nothing would be sent the file over and over (measured: 75 MiB of a
   * 19 MiB file in 5 s).
   * @throws UploadStuck, the signal's reason
   */
  async stuck(status: number, offset: number, signal: AbortSignal): Promise<void> {
    const delay = this.#delays[this.#stuck] ?? 0;
    this.#stuck += 1;
    if (this.#stuck >= MAX_STUCK) throw new UploadStuck(status, offset);
    this.#onRetry(new Error('the server stored none of the bytes'), delay);
    await pause(delay, signal);
  }
}

function isRetryable(error: Error, attempts: number): boolean {
  if (!(error instanceof UploadRefused)) return error instanceof Unreachable;
  if (error.status === INTERNAL_ERROR) return attempts < MAX_INTERNAL_ERRORS;
  return RETRYABLE_STATUSES.includes(error.status) || (error.status >= 500 && error.status !== INSUFFICIENT_STORAGE);
}
