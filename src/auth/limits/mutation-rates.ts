// How many mutations a second a tenant may send to this replica (WAYBILL_RATE_LIMIT). What workers say of the files that they
// process has a rate of its own, as high: a crowd of uploads must not cost a worker its lease.
import { TokenBuckets, toRetryAfter } from './token-buckets.ts';

export type Sender = 'client' | 'worker';

export interface Grant {
  /** How many of the mutations asked for may be carried out: the first ones. */
  readonly granted: number;
  /** When the one that many places behind the last granted one may be sent again, in whole seconds. */
  readonly retryAfterSeconds: (place: number) => number;
}

export interface MutationRatesOptions {
  readonly perSecond: number;
  readonly now: () => number;
  /** Called with the number of mutations that were refused. */
  readonly onRefused: (mutations: number) => void;
}

export class MutationRates {
  readonly #buckets: TokenBuckets;
  readonly #onRefused: (mutations: number) => void;

  constructor({ perSecond, now, onRefused }: MutationRatesOptions) {
    // A second's worth at once.
    this.#buckets = new TokenBuckets({ perSecond, burst: perSecond, now });
    this.#onRefused = onRefused;
  }

  ask(tenant: string, sender: Sender, mutations: number): Grant {
    const key = keyOf(tenant, sender);
    const granted = this.#buckets.takeUpTo(key, mutations);
    if (granted < mutations) this.#onRefused(mutations - granted);
    return { granted, retryAfterSeconds: (place) => toRetryAfter(this.#buckets.waitMs(key, place)) };
  }

  /** Counts what one mutation turned out to be: each file that it has moved. The tenant waits for it afterwards. */
  charge(tenant: string, sender: Sender, mutations: number): void {
    if (mutations > 0) this.#buckets.take(keyOf(tenant, sender), mutations);
  }
}

const keyOf = (tenant: string, sender: Sender): string => `${sender} ${tenant}`;
