// Gives files in PROCESSING to workers: to those of this service, and by `claimFiles` to those outside. A claim that finds
// nothing waits for the signal that something has changed, not for the clock.
import type { QueuePlace } from '../entities/processing.ts';
import { ClaimGroup, ClaimRefused, type ClaimsOptions } from './queue/claim-group.ts';
import { type ClaimRequest, type GivenFile, Waiter } from './queue/waiter.ts';

/** Files in one claim at most. */
const MAX_LIMIT = 1_000;
/** Claims of clients of one tenant under way at most. Each commit that concerns them may cost a query. */
const MAX_OF_TENANT = 1_000;

export class Claims {
  readonly #options: ClaimsOptions;
  readonly #groups = new Map<string, ClaimGroup>();
  /** Claims under way, by tenant; those over all tenants are the server's own. */
  readonly #ofTenants = new Map<string, number>();
  #isStopped = false;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /**
   * The oldest files that nobody has, with a lease on each; of several tenants in turn. Waits up to `waitMs` for one.
   * @param signal the caller has left: what a claim under way brings is given back at once
   * @returns none when there are none, the time is up, the caller has left, or the service stops
   * @throws ClaimRefused when the service cannot take it now, or the database's error
   */
  async claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly GivenFile[]> {
    if (this.#isStopped || signal.aborted || request.limit < 1 || request.tenants?.length === 0) return [];
    const leave = this.#enter(request);
    const group = this.#groupOf(request);
    const bounded = { ...request, limit: Math.min(request.limit, MAX_LIMIT) };
    const waiter = new Waiter(bounded, signal, () => group.tidy());
    group.add(waiter);
    return await waiter.files.finally(leave);
  }

  /** Call when something may have become claimable there. Who waits for something else is not woken. */
  wake(places: readonly QueuePlace[]): void {
    for (const group of this.#groups.values()) if (places.some((place) => group.wants(place))) group.wake();
  }

  /** Whoever waits goes with nothing. Resolves when no claim is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#groups.values().map((group) => group.stop()));
  }

  /** @returns call it at the end of the claim */
  #enter({ tenants }: ClaimRequest): () => void {
    const tenant = JSON.stringify(tenants);
    const count = this.#ofTenants.get(tenant) ?? 0;
    if (tenants !== null && count >= MAX_OF_TENANT) {
      throw new ClaimRefused('UNAVAILABLE', `${MAX_OF_TENANT} claims wait already; try again later.`);
    }
    this.#ofTenants.set(tenant, count + 1);
    return () => {
      const left = this.#ofTenants.get(tenant)! - 1;
      if (left > 0) this.#ofTenants.set(tenant, left);
      else this.#ofTenants.delete(tenant);
    };
  }

  #groupOf({ queue, tenants, ...request }: ClaimRequest): ClaimGroup {
    const contentTypes = request.contentTypes === null ? null : inOneSpelling(request.contentTypes);
    const key = JSON.stringify([queue, tenants, contentTypes]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    // The one of all tenants remembers whose turn it is.
    const onEmpty = (): void => void (tenants !== null && this.#groups.delete(key));
    const group = new ClaimGroup(this.#options, { queue, tenants, contentTypes }, onEmpty);
    this.#groups.set(key, group);
    return group;
  }
}

/** Media types are compared without regard to case: whoever wants the same waits in the same group. */
const inOneSpelling = (contentTypes: readonly string[]): readonly string[] =>
  [...new Set(contentTypes.map((contentType) => contentType.toLowerCase()))].toSorted();
