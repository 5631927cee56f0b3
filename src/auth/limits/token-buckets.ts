// Token buckets: each key may have so many tokens a second, and as many as the burst at once. What is kept of a key is one
// number, the time at which its bucket will be full again (the generic cell rate algorithm, ITU-T I.371), on a clock that only
// goes forward.
import { RecentMap } from './recent-map.ts';

export interface BucketOptions {
  readonly perSecond: number;
  /** The most tokens that a bucket holds. */
  readonly burst: number;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

/**
 * Keys that are remembered, of which half may be old: what was not used for long is forgotten, as if its bucket were full. It
 * is by itself, once it was not used for the time that it takes to fill.
 */
const MAX_KEYS = 200_000;
/** Of a token: sums of fractions are not exact. */
const ROUNDING = 1e-6;

export class TokenBuckets {
  readonly #msPerToken: number;
  readonly #burstMs: number;
  readonly #now: () => number;
  readonly #fullAt = new RecentMap<string, number>(MAX_KEYS);

  constructor({ perSecond, burst, now }: BucketOptions) {
    this.#msPerToken = 1_000 / perSecond;
    this.#burstMs = burst * this.#msPerToken;
    this.#now = now;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Takes as many tokens as there are, and no more than wanted. @returns how many */
  takeUpTo(key: string, wanted: number): number {
    const now = this.#now();
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now);
    const free = Math.max(0, Math.floor((now + this.#burstMs - fullAt) / this.#msPerToken + ROUNDING));
    const taken = Math.min(free, wanted);
    if (taken > 0) this.#fullAt.set(key, fullAt + taken * this.#msPerToken);
    return taken;
  }

  /**
   * Takes tokens whether there are so many or not. What is missing has to come in before anybody gets another.
   * @param tokens negative: gives them back
   */
  take(key: string, tokens: number): void {
    const now = this.#now();
    this.#fullAt.set(key, Math.max(this.#fullAt.get(key) ?? now, now) + tokens * this.#msPerToken);
  }

  /** How long until there are so many tokens, in milliseconds; 0 when there are. */
  waitMs(key: string, tokens: number): number {
    const now = this.#now();
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now);
    return Math.max(0, fullAt + tokens * this.#msPerToken - this.#burstMs - now);
  }
}

/** As Retry-After and `retryAfterSeconds` say it: whole seconds, rounded up. */
export const toRetryAfter = (waitMs: number): number => Math.max(1, Math.ceil((waitMs - ROUNDING) / 1_000));
