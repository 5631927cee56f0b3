// Brings concurrent commands together in shared units of work. A few lanes each run one unit at a time; whatever arrives
// while they are busy joins the next one, so a lone command waits for nothing and a crowd shares a commit. Commands of
// one file form a queue of their own: arrival order, never in two units at once. Tenants take turns, so that a crowd of
// one does not keep the others waiting. No timer.
import type { Answer, Command } from './commands.ts';
import type { LockWait } from './lock-files.ts';
import { Turns } from './turns.ts';

/** Runs one unit; the ids in `held` were skipped because somebody else has their rows. */
export type Run = (
  commands: readonly Command[],
  wait: LockWait,
) => Promise<{ readonly answers: ReadonlyMap<Command, Answer>; readonly held: ReadonlySet<string> }>;

export interface DispatcherOptions {
  readonly run: Run;
  /** Units of work at once, and commands in one at most. */
  readonly lanes: number;
  readonly batchSize: number;
  /** Units at once that wait for a row somebody else holds. Each occupies a connection. */
  readonly heldLanes: number;
}

interface Entry {
  readonly command: Command;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

type Batch = ReadonlyMap<string, readonly Entry[]>;

/** Registrations with the same idempotency key must meet in order too; they have no file yet. A queue is of one tenant. */
const queueOf = (command: Command): string =>
  command.kind === 'register' && command.idempotencyKey !== null
    ? JSON.stringify([command.tenant, command.idempotencyKey])
    : `${command.fileId} ${command.tenant}`;

export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Entries waiting, by queue. A queue that is in a unit has no entry in #ready. */
  readonly #queues = new Map<string, Entry[]>();
  readonly #running = new Set<string>();
  readonly #ready = new Turns();
  readonly #held: [string, readonly Entry[]][] = [];
  #lanesBusy = 0;
  #heldLanesBusy = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Commands accepted and not yet answered are worked off even if nobody listens any more. */
  submit(commands: readonly Command[]): Promise<Answer>[] {
    const answers = commands.map((command) => this.#enqueue(command));
    this.#pump();
    return answers;
  }

  #enqueue(command: Command): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const queue = queueOf(command);
    const entries = this.#queues.get(queue);
    if (entries === undefined) this.#queues.set(queue, [{ command, resolve, reject }]);
    else entries.push({ command, resolve, reject });
    if (!this.#running.has(queue)) this.#ready.add(command.tenant, queue);
    return promise;
  }

  #pump(): void {
    while (this.#lanesBusy < this.#options.lanes && this.#ready.size > 0) {
      this.#lanesBusy += 1;
      void this.#runLane(this.#takeBatch()).finally(() => {
        this.#lanesBusy -= 1;
        this.#pump();
      });
    }
    while (this.#heldLanesBusy < this.#options.heldLanes) {
      const next = this.#held.shift();
      if (next === undefined) return;
      this.#heldLanesBusy += 1;
      void this.#runHeld(...next).finally(() => {
        this.#heldLanesBusy -= 1;
        this.#pump();
      });
    }
  }

  /** Takes whole queues, of each tenant in turn, until the batch is full; what does not fit keeps its place. */
  #takeBatch(): Batch {
    const batch = new Map<string, readonly Entry[]>();
    let room = this.#options.batchSize;
    while (room > 0) {
      const queue = this.#ready.take();
      if (queue === undefined) break;
      const entries = this.#queues.get(queue)?.splice(0, room) ?? [];
      room -= entries.length;
      batch.set(queue, entries);
      this.#running.add(queue);
    }
    return batch;
  }

  async #runLane(batch: Batch): Promise<void> {
    const later = await this.#runBatch(batch);
    for (const [queue, its] of batch) {
      if (later.has(queue)) this.#held.push([queue, its]);
      else this.#release(queue);
    }
  }

  /**
   * Runs a batch in one unit; if that fails for a reason of one of them, each queue by itself.
   * @returns the queues that have no answer yet, because a lane that may not wait is no place for them
   */
  async #runBatch(batch: Batch): Promise<ReadonlySet<string>> {
    const entries = [...batch.values()].flat();
    try {
      const held = await this.#runUnit(entries, 'skip');
      const isHeld = ([, its]: [string, readonly Entry[]]): boolean =>
        its.some(({ command }) => held.has(command.fileId));
      return held.size === 0 ? held : new Set([...batch].filter(isHeld).map(([queue]) => queue));
    } catch (error) {
      if (rejectAll(entries, error)) return new Set();
      if (batch.size === 1) return new Set(batch.keys());
      const later: string[] = [];
      for (const one of batch) later.push(...(await this.#runBatch(new Map([one]))));
      return new Set(later);
    }
  }

  async #runHeld(queue: string, entries: readonly Entry[]): Promise<void> {
    try {
      await this.#runUnit(entries, 'wait');
    } catch (error) {
      // One at a time, so that they keep their order.
      if (!rejectAll(entries, error)) for (const entry of entries) await this.#runAlone(entry);
    }
    this.#release(queue);
  }

  async #runAlone(entry: Entry): Promise<void> {
    await this.#runUnit([entry], 'wait').catch((error: unknown) => rejectAll([entry], error));
  }

  /** @returns the ids of the files whose commands have no answer yet */
  async #runUnit(entries: readonly Entry[], wait: LockWait): Promise<ReadonlySet<string>> {
    const { answers, held } = await this.#options.run(
      entries.map(({ command }) => command),
      wait,
    );
    for (const { command, resolve } of entries) {
      const answer = answers.get(command);
      if (answer !== undefined) resolve(answer);
    }
    return held;
  }

  #release(queue: string): void {
    this.#running.delete(queue);
    const [next] = this.#queues.get(queue) ?? [];
    if (next === undefined) this.#queues.delete(queue);
    else this.#ready.add(next.command.tenant, queue);
  }
}

/** Wraps an error that would only repeat itself if the commands of the unit were run one by one. */
export class Indivisible extends Error {
  constructor(cause: unknown) {
    super('the unit of work failed as a whole', { cause });
  }
}

/** @returns false, and does nothing, when the entries are worth running one by one */
function rejectAll(entries: readonly Entry[], error: unknown): boolean {
  if (entries.length > 1 && !(error instanceof Indivisible)) return false;
  for (const { reject } of entries) reject(error instanceof Indivisible ? error.cause : error);
  return true;
}
