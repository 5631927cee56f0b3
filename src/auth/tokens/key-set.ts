// The keys of an identity provider (WAYBILL_JWKS_URL): fetched when first needed, kept, and fetched again when they are old
// or a token names a key that is not among them. While the provider cannot be reached the keys at hand go on working.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CryptoKey,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  type LocalJWKSet,
  createLocalJWKSet,
  errors,
} from 'jose';
import type { Logger } from '../../log.ts';
import { SignInUnavailable } from '../unauthenticated.ts';

export interface KeySetOptions {
  /** @throws Error with a reason for the log */
  readonly fetch: () => Promise<JSONWebKeySet>;
  readonly log: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

const MAX_AGE_MS = 5 * 60_000;
/** Keys that could not be confirmed for so long are no longer trusted: the provider may have withdrawn them. */
const MAX_STALE_MS = 24 * 3_600_000;
/** Between two fetches, however many tokens name keys that do not exist. */
const PAUSE_MS = 2_000;

export class KeySet {
  readonly #options: KeySetOptions;
  #keys: LocalJWKSet | null = null;
  #generation = 0;
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #running: Promise<void> | null = null;

  constructor(options: KeySetOptions) {
    this.#options = options;
  }

  /** Another number when the keys are others: what was verified with one that is gone is to be verified again. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Has keys that are old fetched again, and waits for nothing. Call it for tokens that are remembered too: where the same few
   * come again and again nobody else looks for keys, and one that the provider has withdrawn would go on working.
   */
  keepFresh(): void {
    const age = this.#options.now() - this.#fetchedAt;
    if (this.#keys !== null && age > MAX_AGE_MS && this.#mayTry) void this.#refresh();
  }

  /**
   * The key that a token names. `kid` is compared with those of the set, and used for nothing else.
   * @throws SignInUnavailable without any keys; errors.JWKSNoMatchingKey
   */
  readonly find: JWTVerifyGetKey<CryptoKey> = async (header, token) => {
    const keys = await this.#current();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // New, perhaps: providers rotate their keys.
      return await (
        await this.#newer(keys)
      )(header, token);
    }
  };

  async #current(): Promise<LocalJWKSet> {
    const age = this.#options.now() - this.#fetchedAt;
    if (this.#keys === null || age > MAX_STALE_MS) {
      if (!this.#mayTry) throw new SignInUnavailable();
      await this.#refresh();
      if (this.#keys === null || this.#options.now() - this.#fetchedAt > MAX_STALE_MS) throw new SignInUnavailable();
    } else this.keepFresh();
    return this.#keys;
  }

  /** Waits for the next fetch, which all who wait share. */
  async #newer(than: LocalJWKSet): Promise<LocalJWKSet> {
    const before = this.#triedAt;
    const wait = this.#running === null ? before + PAUSE_MS - this.#options.now() : 0;
    if (wait > 0) await sleep(wait);
    // Another one who waited may have fetched them, in vain or not.
    const isTried = this.#keys !== than || this.#triedAt !== before;
    if (this.#running !== null || !isTried) await this.#refresh();
    return this.#keys ?? than;
  }

  get #mayTry(): boolean {
    return this.#running !== null || this.#options.now() - this.#triedAt >= PAUSE_MS;
  }

  /** Never rejects: whether there are keys is seen afterwards. */
  #refresh(): Promise<void> {
    this.#running ??= this.#fetch().finally(() => {
      this.#triedAt = this.#options.now();
      this.#running = null;
    });
    return this.#running;
  }

  async #fetch(): Promise<void> {
    const { fetch, log, now } = this.#options;
    try {
      const set = await fetch();
      const isSame = JSON.stringify(set) === JSON.stringify(this.#keys?.jwks());
      this.#fetchedAt = now();
      if (isSame) return;
      this.#keys = createLocalJWKSet(set);
      this.#generation += 1;
      log.info({ keys: set.keys.length }, 'the keys of the identity provider were read');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        { reason, hasKeys: this.#keys !== null },
        'the keys of the identity provider cannot be read (WAYBILL_JWKS_URL)',
      );
    }
  }
}
