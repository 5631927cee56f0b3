// Brings concurrent commands together in batches. A few workers each run one batch at a time; whatever arrives while they
// are busy joins the next one, so a lone command waits for nothing and a crowd shares a commit. Commands of one file form
// a queue: arrival order, never in two batches at once. Tenants take turns, so that a crowd of one does not keep the
// others waiting. A queue whose row another transaction has locked goes to the contended workers. No timer, but a batch
// leaves at the end of a turn of the event loop: requests that wait in their sockets meanwhile are read before, and join it.
import { BatchFailed } from '../batch/batch-failed.ts';
import type { BatchResult } from '../batch/commit-batch.ts';
import type { LockWait } from '../batch/locks.ts';
import type { Answer, Command } from '../commands.ts';
import { Admission, type AdmissionLimits, type Load, UNAVAILABLE, bytesOf } from './admission.ts';
import { FairQueue } from './fair-queue.ts';

/** Runs one batch; the ids in `contended` were skipped because another transaction has locked their rows. */
export type RunBatch = (
  commands: readonly Command[],
  wait: LockWait,
) => Promise<Pick<BatchResult, 'answers' | 'contended'>>;

export interface DispatcherOptions {
  readonly runBatch: RunBatch;
  /** Batches at once, and commands in one at most. */
  readonly workers: number;
  readonly batchSize: number;
  /** Batches at once that wait for a locked row. Each occupies a connection. */
  readonly contendedWorkers: number;
  readonly admission: AdmissionLimits;
  /**
   * Whether the registrations of a tenant form one queue: where there are quotas, two batches with them would wait for each
   * other (src/lifecycle/batch/quota-check.ts).
   */
  readonly isRegistrationQueued?: boolean;
  /** Milliseconds, as performance.now. */
  readonly now: () => number;
}

interface Entry {
  readonly command: Command;
  readonly enteredAt: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

type QueueName = string;
/** What a worker takes at once: entries by queue. */
type Share = ReadonlyMap<QueueName, readonly Entry[]>;

/** Registrations with the same idempotency key must meet in order too; they have no file yet. A queue is of one tenant. */
function queueOf(command: Command, isRegistrationQueued: boolean): QueueName {
  if (command.kind === 'register' && isRegistrationQueued) return JSON.stringify([command.tenant]);
  return command.kind === 'register' && command.idempotencyKey !== null
    ? JSON.stringify([command.tenant, command.idempotencyKey])
    : `${command.fileId} ${command.tenant}`;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #admission: Admission;
  readonly #queues = new Map<QueueName, Entry[]>();
  /** Queues that have entries and are not in #running, nor in #contended. */
  readonly #ready = new FairQueue();
  /** Queues that a worker has taken entries of, until those have their answers. */
  readonly #running = new Set<QueueName>();
  readonly #contended: [QueueName, readonly Entry[]][] = [];
  #busyWorkers = 0;
  #busyContendedWorkers = 0;
  #isStarting = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#admission = new Admission(options.admission);
  }

  /** Of the commands that were accepted and have no answer yet. */
  get load(): Load {
    return this.#admission.load;
  }

  /**
   * A command that was accepted is carried out, even if nobody waits for its answer any more, unless it waits too long.
   * The commands are accepted together, or all of them are answered with UNAVAILABLE at once.
   */
  submit(commands: readonly Command[]): Promise<Answer>[] {
    const sizes = commands.map(bytesOf);
    if (!this.#admit(commands, sizes)) return commands.map(() => Promise.resolve(UNAVAILABLE));
    const answers = commands.map((command, at) => this.#enqueue(command, sizes[at]!));
    this.#start();
    return answers;
  }

  #admit(commands: readonly Command[], sizes: readonly number[]): boolean {
    const refused = commands.findIndex((command, at) => !this.#admission.enter(command, sizes[at]!));
    if (refused < 0) return true;
    for (const [at, command] of commands.slice(0, refused).entries()) this.#admission.leave(command, sizes[at]!);
    return false;
  }

  #enqueue(command: Command, bytes: number): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const leave = (): void => this.#admission.leave(command, bytes);
    const entry: Entry = {
      command,
      enteredAt: this.#options.now(),
      resolve: (answer) => (leave(), resolve(answer)),
      reject: (error) => (leave(), reject(error)),
    };
    const queue = queueOf(command, this.#options.isRegistrationQueued === true);
    const entries = this.#queues.get(queue);
    if (entries === undefined) this.#queues.set(queue, [entry]);
    else entries.push(entry);
    if (!this.#running.has(queue)) this.#ready.add(command.tenant, queue);
    return promise;
  }

  #start(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    setImmediate(() => {
      this.#isStarting = false;
      this.#startWorkers();
    });
  }

  #startWorkers(): void {
    while (this.#busyWorkers < this.#options.workers && this.#ready.size > 0) {
      this.#busyWorkers += 1;
      void this.#work(this.#takeShare()).finally(() => {
        this.#busyWorkers -= 1;
        this.#start();
      });
    }
    while (this.#busyContendedWorkers < this.#options.contendedWorkers && this.#contended.length > 0) {
      this.#busyContendedWorkers += 1;
      void this.#workContended(...this.#contended.shift()!).finally(() => {
        this.#busyContendedWorkers -= 1;
        this.#start();
      });
    }
  }

  /** Takes whole queues, of each tenant in turn, until a batch is full; what does not fit keeps its place. */
  #takeShare(): Share {
    const share = new Map<QueueName, readonly Entry[]>();
    let room = this.#options.batchSize;
    while (room > 0) {
      const queue = this.#ready.take();
      if (queue === undefined) break;
      const entries = this.#refuseLate(this.#queues.get(queue)?.splice(0, room) ?? []);
      room -= entries.length;
      share.set(queue, entries);
      this.#running.add(queue);
    }
    return share;
  }

  /** @returns the others */
  #refuseLate(entries: readonly Entry[]): Entry[] {
    const oldest = this.#options.now() - this.#options.admission.maxWaitMs;
    return entries.filter(({ enteredAt, resolve }) => {
      if (enteredAt < oldest) resolve(UNAVAILABLE);
      return enteredAt >= oldest;
    });
  }

  async #work(share: Share): Promise<void> {
    const contended = await this.#answer(share);
    for (const [queue, entries] of share) {
      if (contended.has(queue)) this.#contended.push([queue, entries]);
      else this.#release(queue);
    }
  }

  /**
   * Runs a worker's share as one batch; if a command of it makes that fail, each queue by itself.
   * @returns the queues without an answer: a contended worker has to wait for their rows, or divide them
   */
  async #answer(share: Share): Promise<ReadonlySet<QueueName>> {
    const entries = [...share.values()].flat();
    if (entries.length === 0) return new Set();
    try {
      const contended = await this.#runBatch(entries, 'skip');
      if (contended.size === 0) return contended;
      const isContended = ({ command }: Entry): boolean => contended.has(command.fileId);
      return new Set([...share].filter(([, its]) => its.some(isContended)).map(([queue]) => queue));
    } catch (error) {
      if (rejectAll(entries, error)) return new Set();
      if (share.size === 1) return new Set(share.keys());
      const unanswered: QueueName[] = [];
      for (const each of share) unanswered.push(...(await this.#answer(new Map([each]))));
      return new Set(unanswered);
    }
  }

  /** Waits for the row of one queue. If its commands cannot share a batch, each has its own, in their order. */
  async #workContended(queue: QueueName, taken: readonly Entry[]): Promise<void> {
    const entries = this.#refuseLate(taken);
    try {
      if (entries.length > 0) await this.#runBatch(entries, 'wait');
    } catch (error) {
      if (!rejectAll(entries, error)) for (const entry of entries) await this.#runAlone(entry);
    }
    this.#release(queue);
  }

  async #runAlone(entry: Entry): Promise<void> {
    await this.#runBatch([entry], 'wait').catch((error: unknown) => rejectAll([entry], error));
  }

  /** @returns the ids of the files whose commands have no answer yet */
  async #runBatch(entries: readonly Entry[], wait: LockWait): Promise<ReadonlySet<string>> {
    const commands = entries.map(({ command }) => command);
    const { answers, contended } = await this.#options.runBatch(commands, wait);
    for (const { command, resolve } of entries) {
      const answer = answers.get(command);
      if (answer !== undefined) resolve(answer);
    }
    return contended;
  }

  #release(queue: QueueName): void {
    this.#running.delete(queue);
    const [next] = this.#queues.get(queue) ?? [];
    if (next === undefined) this.#queues.delete(queue);
    else this.#ready.add(next.command.tenant, queue);
  }
}

/** @returns false, and does nothing, when the entries are worth running one by one */
function rejectAll(entries: readonly Entry[], error: unknown): boolean {
  if (entries.length > 1 && !(error instanceof BatchFailed)) return false;
  for (const { reject } of entries) reject(error instanceof BatchFailed ? error.cause : error);
  return true;
}
