// Ends what lives long when the right that it was begun with ends: subscriptions, uploads and downloads. A right ends when
// its token or key expires, and when its key is revoked, on whichever replica.
import { DomainError } from '../errors.ts';
import { PeriodicTask } from '../jobs/periodic-task.ts';
import type { Logger } from '../log.ts';
import { type Clock, TOLERANCE_MS } from './clock.ts';
import type { Principal } from './principal.ts';

/** What a subscriber, uploader or downloader is told. */
export class RightEnded extends DomainError<'UNAUTHENTICATED'> {
  constructor() {
    super('UNAUTHENTICATED', 'The token or API key has expired or was revoked: sign in again.');
  }
}

export interface RightsOptions {
  readonly clock: Clock;
  /** Which of these keys (UUIDs) no longer work. */
  readonly findEndedKeys: (ids: readonly string[]) => Promise<readonly string[]>;
  readonly log: Logger;
}

/** Something that lives for as long as a right. */
export interface Watch {
  /** Goes on with another right of the same principal. */
  renew(principal: Principal): void;
  /** It is over by itself. */
  release(): void;
}

interface Watched {
  keyId: string | undefined;
  /** By the clock of the database; Infinity: never. */
  endsAt: number;
  readonly onEnd: () => void;
}

// An end is noticed within 5 s: half of that, and room for a busy machine.
const LOOK_MS = 1_000;
const ASK_MS = 2_000;

export class LiveRights {
  readonly #options: RightsOptions;
  readonly #watched = new Set<Watched>();
  readonly #tasks: readonly PeriodicTask[];

  constructor(options: RightsOptions) {
    const { log } = options;
    this.#options = options;
    // Two tasks: what expires must not wait for a database that does not answer.
    this.#tasks = [
      new PeriodicTask({ name: 'expiry of rights', everyMs: LOOK_MS, log }, () => Promise.resolve(this.#endExpired())),
      new PeriodicTask({ name: 'revoked keys', everyMs: ASK_MS, log }, () => this.#endRevoked()),
    ];
  }

  /** How many live with a right that can end. */
  get size(): number {
    return this.#watched.size;
  }

  /** How long the right lasts from now, in milliseconds; Infinity if it does not expire. */
  remainingMs(principal: Principal): number {
    return Math.max(0, this.#endOf(principal) - this.#options.clock.now());
  }

  /** @param onEnd called at most once */
  watch(principal: Principal, onEnd: () => void): Watch {
    const watched: Watched = { keyId: principal.keyId, endsAt: this.#endOf(principal), onEnd };
    // Where nobody signs in nothing ends.
    if (watched.keyId !== undefined || watched.endsAt !== Infinity) this.#watched.add(watched);
    return {
      renew: (next) => {
        if (this.#watched.has(watched)) Object.assign(watched, { keyId: next.keyId, endsAt: this.#endOf(next) });
      },
      release: () => void this.#watched.delete(watched),
    };
  }

  /** Aborted when the right ends, with RightEnded as its reason. Call `release` when it is over. */
  signalOf(principal: Principal): { readonly signal: AbortSignal; readonly release: () => void } {
    const controller = new AbortController();
    const watch = this.watch(principal, () => controller.abort(new RightEnded()));
    return { signal: controller.signal, release: () => watch.release() };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.stop()));
  }

  /** What begins in the seconds of tolerance after the expiry ends with them, and not at once. */
  #endOf({ expiresAt = Infinity }: Principal): number {
    return expiresAt > this.#options.clock.now() ? expiresAt : expiresAt + TOLERANCE_MS;
  }

  #endExpired(): void {
    const now = this.#options.clock.now();
    for (const watched of this.#watched) if (watched.endsAt <= now) this.#end(watched);
  }

  /** While the database cannot be asked, nothing can have been revoked through this replica, and nothing ends. */
  async #endRevoked(): Promise<void> {
    const byKey = Map.groupBy(this.#watched, ({ keyId }) => keyId);
    byKey.delete(undefined);
    if (byKey.size === 0) return;
    const ended = await this.#options.findEndedKeys([...byKey.keys()] as string[]);
    for (const id of ended) {
      // One that was renewed meanwhile has another key.
      for (const watched of byKey.get(id) ?? []) if (watched.keyId === id) this.#end(watched);
    }
  }

  #end(watched: Watched): void {
    if (this.#watched.delete(watched)) watched.onEnd();
  }
}
