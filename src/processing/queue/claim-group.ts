// Those who wait for the same files: one queue, the same tenants, the same media types. However many they are, one round at
// a time looks for all of them, and gives what it finds to those who have waited longest.
import type { Pool } from 'pg';
import type { QueuePlace } from '../../entities/processing.ts';
import { DomainError } from '../../errors.ts';
import type { AnswerOf } from '../../lifecycle/commands.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { ClaimCommand, ClaimedFile, ReleaseCommand } from '../../lifecycle/processing-commands.ts';
import type { Logger } from '../../log.ts';
import { type DueTenants, Rotation, TenantTurns } from './due-tenants.ts';
import type { ClaimRequest, Waiter } from './waiter.ts';

export interface ClaimsOptions {
  readonly lifecycle: Pick<Lifecycle, 'execute'>;
  /** For short reads. */
  readonly pool: Pool;
  readonly log: Logger;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** Milliseconds after which those who wait look again though nothing woke them. */
  readonly pollMs?: number;
  /** Called with the files that a claim has given out. */
  readonly onClaimed?: (queue: ClaimRequest['queue'], files: readonly ClaimedFile[]) => void;
}

/** The claim was not carried out: nothing was done, and the caller may try again. */
export class ClaimRefused extends DomainError<'UNAVAILABLE' | 'FILE_BUSY'> {}

// A wake-up may get lost: a file is given back on another replica, or a notification with a connection.
const POLL_MS = 5_000;
/** Claims in one batch at most. */
const LARGEST_WAVE = 16;

export class ClaimGroup {
  readonly #options: ClaimsOptions;
  readonly #request: Pick<ClaimRequest, 'queue' | 'tenants' | 'contentTypes'>;
  readonly #turns: TenantTurns;
  readonly #onEmpty: () => void;
  #waiters: Waiter[] = [];
  #isDue = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Milliseconds from the last round until something becomes claimable by itself; null: not known of anything. */
  #nextMs: number | null = null;

  /** @param onEmpty called when nobody waits any more */
  constructor(
    options: ClaimsOptions,
    request: Pick<ClaimRequest, 'queue' | 'tenants' | 'contentTypes'>,
    onEmpty: () => void,
  ) {
    this.#options = options;
    this.#onEmpty = onEmpty;
    this.#request = request;
    this.#turns = new TenantTurns(options.pool, request.queue, request.tenants);
  }

  add(waiter: Waiter): void {
    this.#waiters.push(waiter);
    this.wake();
  }

  /** Whether it takes files from there. */
  wants({ queue, tenant }: QueuePlace): boolean {
    return queue === this.#request.queue && (this.#request.tenants?.includes(tenant) ?? true);
  }

  /** Call when something may have become claimable. */
  wake(): void {
    this.#isDue = true;
    if (this.#waiters.length > 0) this.#running ??= this.#run().finally(() => this.#rest());
  }

  /** Lets go of those who no longer wait. While claims are under way, they are let go when those are answered. */
  tidy(): void {
    if (this.#running === undefined) this.#rest();
  }

  /** Everybody goes with nothing; what a claim under way brings is given back. */
  async stop(): Promise<void> {
    for (const waiter of this.#waiters) waiter.settle([]);
    await this.#running;
    this.tidy();
  }

  /** Sleeps until it is woken; `#nextMs` wakes it by itself. */
  #rest(): void {
    this.#running = undefined;
    clearTimeout(this.#timer);
    this.#dropSettled();
    // Woken since the last round: somebody may have come who was not looked for yet.
    if (this.#isDue && this.#waiters.length > 0) return this.wake();
    for (const waiter of this.#waiters) if (waiter.isLate) waiter.settle([]);
    this.#dropSettled();
    if (this.#waiters.length === 0) return this.#onEmpty();
    const { pollMs = POLL_MS } = this.#options;
    this.#timer = setTimeout(() => this.wake(), Math.min(this.#nextMs ?? pollMs, pollMs) + 1);
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#isDue && this.#waiters.length > 0) {
      this.#isDue = false;
      try {
        this.#nextMs = await this.#round();
      } catch (error) {
        for (const waiter of this.#waiters) waiter.fail(error);
      }
      this.#dropSettled();
    }
  }

  /** @returns milliseconds until something else becomes claimable */
  async #round(): Promise<number | null> {
    // Whoever comes later has a round of their own: what is found now may be taken by then.
    const waiters = [...this.#waiters];
    const late = waiters.filter(({ isLate }) => isLate);
    const wanted = waiters.reduce((sum, { request }) => sum + request.limit, 0);
    const due = await this.#turns.find(Math.min(wanted, 1_000));
    // What is left over is looked for again, until there is nothing for anybody.
    const gotSome = due.tenants.length > 0 && (await this.#giveOut(due, waiters));
    if (gotSome) this.#isDue = true;
    else for (const waiter of late) waiter.settle([]);
    return due.nextMs;
  }

  /**
   * To the one who has waited longest; when there was something, to the next two, and so on: that many wait costs nothing.
   * @returns whether anybody got something
   */
  async #giveOut({ tenants }: DueTenants, waiters: readonly Waiter[]): Promise<boolean> {
    const rotation = new Rotation(tenants);
    let gotSome = false;
    for (let size = 1; ; size = Math.min(2 * size, LARGEST_WAVE)) {
      const wave = waiters.filter(({ isSettled }) => !isSettled).slice(0, size);
      if (wave.length === 0) return gotSome;
      const counts = await this.#claimFor(wave, rotation);
      gotSome ||= counts.some((count) => count > 0);
      if (counts.length < size || counts.includes(0)) return gotSome;
    }
  }

  /** @returns how many files each got */
  async #claimFor(waiters: readonly Waiter[], rotation: Rotation): Promise<number[]> {
    const commands = waiters.map(({ request }): ClaimCommand => {
      const shares = rotation.divide(request.limit);
      this.#turns.served(shares);
      return this.#commandOf(request, shares);
    });
    const sentAt = this.#options.now();
    const answers = await this.#options.lifecycle.execute<'claim'>(commands);
    return await Promise.all(waiters.map((waiter, at) => this.#answer(waiter, answers[at]!, sentAt)));
  }

  #commandOf({ worker, actor, leaseMs }: ClaimRequest, shares: ClaimCommand['shares']): ClaimCommand {
    const { newId } = this.#options;
    const { queue, contentTypes } = this.#request;
    // Of one tenant, it waits its turn among that tenant's commands; the others are nobody's.
    const tenant = shares.length === 1 ? shares[0]!.tenant : '';
    const origin = { tenant, actor, attemptId: newId(), fileId: newId() };
    return { kind: 'claim', ...origin, worker, queue, shares, contentTypes, leaseMs };
  }

  /** @returns how many files it got, or if there was none, how many failed instead: behind those there may be more */
  async #answer(waiter: Waiter, answer: AnswerOf['claim'], sentAt: number): Promise<number> {
    if (answer.outcome === 'failed') waiter.fail(answer.error);
    if (answer.outcome === 'refused') {
      waiter.fail(new ClaimRefused(answer.code as ClaimRefused['code'], answer.message));
    }
    if (answer.outcome !== 'claimed') return 0;
    const { files, failed } = answer;
    if (files.length === 0) return failed;
    this.#options.onClaimed?.(this.#request.queue, files);
    if (!waiter.settle(files.map((file) => ({ ...file, sentAt })))) await this.#giveBack(files, waiter.request.actor);
    return files.length;
  }

  /** Its caller has left, and would only let the leases run out. */
  async #giveBack(files: readonly ClaimedFile[], actor: string): Promise<void> {
    const { lifecycle, newId, log } = this.#options;
    const commands = files.map(({ tenant, file, leaseToken }): ReleaseCommand => {
      const origin = { tenant, actor, attemptId: newId(), fileId: file.id };
      return { kind: 'release', ...origin, leaseToken, afterMs: 0 };
    });
    const answers = await lifecycle.execute<'release'>(commands);
    const left = answers.filter(({ outcome }) => outcome !== 'released').length;
    if (left > 0) log.info({ files: left }, 'leases that nobody wants could not be given back; they run out');
  }

  #dropSettled(): void {
    this.#waiters = this.#waiters.filter(({ isSettled }) => !isSettled);
  }
}
