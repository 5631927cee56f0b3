// How many bytes a second a tenant may send to this replica, or fetch from it (WAYBILL_BYTE_RATE_LIMIT). Whoever sends too
// fast is slowed down, and not refused: a refused upload has to send bytes again. Only when so many requests of a tenant wait
// that one would wait too long is it refused, with the time after which to come back.
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenBuckets, toRetryAfter } from './token-buckets.ts';

export interface ByteRatesOptions {
  readonly perSecond: number;
  readonly now: () => number;
  /** Called for each request that was refused or ended. */
  readonly onRefused: () => void;
}

/** Well below the time after which a silent connection is given up, by us or by a proxy. */
const MAX_WAIT_MS = 10_000;

export class ByteRates {
  readonly #buckets: TokenBuckets;
  readonly #onRefused: () => void;

  constructor({ perSecond, now, onRefused }: ByteRatesOptions) {
    this.#buckets = new TokenBuckets({ perSecond, burst: perSecond, now });
    this.#onRefused = onRefused;
  }

  /** Whether a request has to come back later: in how many seconds, or null. */
  refuse(tenant: string): number | null {
    const waitMs = this.#buckets.waitMs(tenant, 0);
    if (waitMs <= MAX_WAIT_MS) return null;
    this.#onRefused();
    return toRetryAfter(waitMs);
  }

  /** Counts bytes that have passed. */
  count(tenant: string, bytes: number): void {
    this.#buckets.take(tenant, bytes);
  }

  /** Waits until more bytes may pass, but never so long that the connection would seem dead. @param signal ends the wait */
  async wait(tenant: string, signal?: AbortSignal): Promise<void> {
    const waitMs = Math.min(this.#buckets.waitMs(tenant, 0), MAX_WAIT_MS);
    if (waitMs <= 0) return;
    // A process that stops does not wait for it.
    await sleep(waitMs, undefined, { ref: false, ...(signal !== undefined && { signal }) }).catch(() => undefined);
  }
}
