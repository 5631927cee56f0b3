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
/**
 * Bytes that count when a request is let in, before they pass: about what it passes between two waits. Otherwise any number
 * could be let in at once, and each would go on after MAX_WAIT_MS, however many wait.
 */
const FIRST_BYTES = 64 * 2 ** 10;

/** A request that was let in: its bytes are counted as they pass. Call `end` when it is over. */
export interface Passage {
  /** Counts bytes that have passed. */
  count(bytes: number): void;
  /** Whether the rest has to come later: in how many seconds, or null. */
  refuse(): number | null;
  /** Waits until more bytes may pass, but never so long that the connection would seem dead. @param signal ends the wait */
  wait(signal?: AbortSignal): Promise<void>;
  /** Gives back what was counted and has not passed. */
  end(): void;
}

/** So many requests of the tenant wait that one more would wait too long. */
export interface NotNow {
  readonly retryAfterSeconds: number;
}

export class ByteRates {
  readonly #buckets: TokenBuckets;
  readonly #onRefused: () => void;

  constructor({ perSecond, now, onRefused }: ByteRatesOptions) {
    this.#buckets = new TokenBuckets({ perSecond, burst: perSecond, now });
    this.#onRefused = onRefused;
  }

  /** @param most the bytes that it may bring or fetch at most */
  admit(tenant: string, most: number): Passage | NotNow {
    const retryAfterSeconds = this.#refuse(tenant);
    if (retryAfterSeconds !== null) return { retryAfterSeconds };
    let ahead = Math.min(most, FIRST_BYTES);
    this.#buckets.take(tenant, ahead);
    return {
      count: (bytes) => {
        const counted = Math.min(ahead, bytes);
        ahead -= counted;
        this.#buckets.take(tenant, bytes - counted);
      },
      refuse: () => this.#refuse(tenant),
      wait: (signal) => this.#wait(tenant, signal),
      end: () => {
        this.#buckets.take(tenant, -ahead);
        ahead = 0;
      },
    };
  }

  #refuse(tenant: string): number | null {
    const waitMs = this.#buckets.waitMs(tenant, 0);
    if (waitMs <= MAX_WAIT_MS) return null;
    this.#onRefused();
    return toRetryAfter(waitMs);
  }

  async #wait(tenant: string, signal?: AbortSignal): Promise<void> {
    const waitMs = Math.min(this.#buckets.waitMs(tenant, 0), MAX_WAIT_MS);
    if (waitMs <= 0) return;
    // A process that stops does not wait for it.
    await sleep(waitMs, undefined, { ref: false, ...(signal !== undefined && { signal }) }).catch(() => undefined);
  }
}
