// A worker: claims files of the queue `builtin` as it has room for them, has the processors run on so many at once, and
// keeps its leases alive meanwhile. The way of a file: claim -> wait for a slot -> run (process-file.ts) -> commit.
import { setTimeout as sleep } from 'node:timers/promises';
import { Signal } from '../feed/delivery/signal.ts';
import type { Claims } from './claims.ts';
import type { GivenFile } from './queue/waiter.ts';
import { ACTOR, release, saysLost } from './worker/commands.ts';
import { HeldFile } from './worker/held-file.ts';
import { Heartbeat, LEASE_MS } from './worker/heartbeat.ts';
import { Pace } from './worker/pace.ts';
import { type ProcessFileOptions, type Result, finish, runProcessors } from './worker/process-file.ts';

export interface WorkerOptions extends ProcessFileOptions {
  readonly claims: Pick<Claims, 'claim'>;
  /** Names this worker; clients see it in `File.processing`. */
  readonly name: string;
  /** Files processed at once. */
  readonly concurrency: number;
  /** Called for each file whose processing this worker has ended; milliseconds since the claim. */
  readonly onEnded?: (code: string | null, durationMs: number) => void;
  /** Called for each lease that this worker had and lost. */
  readonly onLost?: () => void;
}

/** A claim that waits ends by then, and another one begins. */
const WAIT_MS = 60_000;
/** A database that cannot be reached is asked again after this pause. */
const PAUSE_MS = 1_000;
/** Files held in all, those included whose end is being committed. */
const MOST_HELD = 600;
/** What has waited so long for a slot goes back: it was expected to take a tenth of this. */
const MOST_WAIT_MS = 1_000;
/** How long a stop waits for what runs. Short of the time in which a process has to stop (main.ts). */
const DRAIN_MS = 3_000;
/** How long it waits for what was interrupted then. */
const INTERRUPT_MS = 1_500;

export class Worker {
  readonly #options: WorkerOptions;
  readonly #held = new Set<HeldFile>();
  readonly #waiting: HeldFile[] = [];
  readonly #stopping = new AbortController();
  readonly #hasRoom = new Signal();
  readonly #heartbeat: Heartbeat;
  readonly #pace: Pace;
  readonly #loop: Promise<void>;
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: WorkerOptions) {
    const { lifecycle, newId, now, concurrency } = options;
    this.#options = options;
    this.#pace = new Pace(concurrency);
    const onBeat = (): void => this.#returnLate();
    this.#heartbeat = new Heartbeat({ lifecycle, newId, now, held: () => this.#held, onBeat });
    this.#loop = this.#run();
  }

  /** Files it has a lease on. */
  get held(): number {
    return this.#held.size;
  }

  /**
   * Takes nothing new, gives what runs a few seconds, and gives back what it cannot finish. Resolves when no lease is left,
   * or some seconds later than it should. Idempotent.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#hasRoom.raise();
    await this.#giveBack(this.#waiting.splice(0));
    await Promise.all([this.#loop, this.#idleWithin(DRAIN_MS)]);
    for (const file of this.#held) file.interrupt('stopping');
    await this.#idleWithin(INTERRUPT_MS);
    // Those whose processors do not listen: their results come too late.
    await this.#giveBack([...this.#held]);
    this.#heartbeat.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const room = this.#room;
      if (signal.aborted) return;
      if (room <= this.#pace.ahead / 2) await this.#hasRoom.next();
      else await this.#claim(room);
    }
  }

  get #room(): number {
    const { concurrency } = this.#options;
    const free = concurrency + this.#pace.ahead - this.#running - this.#waiting.length;
    return Math.min(free, MOST_HELD - this.#held.size);
  }

  async #claim(limit: number): Promise<void> {
    const { claims, name: worker, log } = this.#options;
    const { signal } = this.#stopping;
    const request = { queue: 'builtin', tenants: null, worker, actor: ACTOR, contentTypes: null } as const;
    try {
      const files = await claims.claim({ ...request, limit, leaseMs: LEASE_MS, waitMs: WAIT_MS }, signal);
      for (const file of files) this.#accept(file);
    } catch (error) {
      log.warn({ err: error }, 'files cannot be claimed; trying again');
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #accept(claimed: GivenFile): void {
    const held = new HeldFile(claimed, this.#options.now(), LEASE_MS);
    this.#held.add(held);
    this.#waiting.push(held);
    this.#start();
  }

  #start(): void {
    while (this.#running < this.#options.concurrency) {
      const held = this.#waiting.shift();
      if (held === undefined) return;
      if (held.interruption === 'lost') this.#lose(held);
      else {
        this.#running += 1;
        void this.#process(held);
      }
    }
  }

  async #process(held: HeldFile): Promise<void> {
    const { now } = this.#options;
    const startedAt = now();
    const outcome = await runProcessors(held, this.#options, () => this.#heartbeat.tell());
    this.#pace.note(now() - startedAt);
    this.#running -= 1;
    this.#start();
    this.#hasRoom.raise();
    if (!this.#held.has(held)) return; // given back while it ran
    await this.#conclude(held, await finish(held, outcome, this.#options));
  }

  async #conclude(held: HeldFile, result: Result): Promise<void> {
    const { now, onEnded } = this.#options;
    if (result.is === 'returned') return await this.#giveBack([held], result.afterMs);
    if (result.is === 'left') return this.#lose(held);
    onEnded?.(result.failure?.code ?? null, now() - held.since);
    this.#let(held);
  }

  /** Another worker has the file by now, or nobody: it was deleted, or the lease ran out. */
  #lose(held: HeldFile): void {
    if (!this.#held.has(held)) return; // let go meanwhile
    const { log, onLost } = this.#options;
    log.info({ fileId: held.claimed.file.id }, 'a lease was lost; what this worker has of the file is dropped');
    onLost?.();
    this.#let(held);
  }

  /** The lease has ended, or is no longer extended. */
  #let(held: HeldFile): void {
    this.#held.delete(held);
    this.#hasRoom.raise();
    if (this.#held.size === 0) this.#onIdle?.();
  }

  #returnLate(): void {
    const oldest = this.#options.now() - MOST_WAIT_MS;
    const late = this.#waiting.filter(({ since }) => since < oldest);
    if (late.length === 0) return;
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((held) => !late.includes(held)));
    void this.#giveBack(late);
  }

  async #giveBack(files: readonly HeldFile[], afterMs = 0): Promise<void> {
    if (files.length === 0) return;
    const { lifecycle, newId } = this.#options;
    const answers = await lifecycle.execute<'release'>(files.map(({ claimed }) => release(claimed, newId, afterMs)));
    for (const [at, held] of files.entries()) {
      if (saysLost(answers[at]!)) this.#lose(held);
      // What else is refused or fails runs out.
      else this.#let(held);
    }
  }

  async #idleWithin(ms: number): Promise<void> {
    if (this.#held.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }
}
