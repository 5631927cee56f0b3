// The only writer of files, and the story of a command: it joins a batch (dispatch/), the batch runs in one transaction
// (batch/) in which the command is decided (decide/), and its answer is reported and given back.
import type { MikroORM } from '../db/orm.ts';
import type { TransactionLimits } from '../db/transact.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { QueuePlace } from '../entities/processing.ts';
import type { Timers } from '../fsm/deadlines.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import type { Logger } from '../log.ts';
import { type Attempt, logAttempt } from './attempt-log.ts';
import { runBatch } from './batch/run-batch.ts';
import { RunningBatches } from './batch/running-batches.ts';
import { type TakeTurn, noTurn } from './batch/turn.ts';
import type { Answer, AnswerOf, Command } from './commands.ts';
import { ADMISSION_LIMITS, type AdmissionLimits, type Load } from './dispatch/admission.ts';
import { Dispatcher, type RunBatch } from './dispatch/dispatcher.ts';
import type { ProcessingPolicy } from './processing-policy.ts';
import { type Failpoints, noFailpoints } from './failpoints.ts';
import type { Quotas } from './usage.ts';

export interface LifecycleOptions {
  readonly orm: MikroORM;
  readonly engine: LifecycleEngine;
  readonly log: Logger;
  /** 0 to 1, as Math.random: jitter of retries. */
  readonly random: () => number;
  /** Left out: changes get their positions after the commit. */
  readonly takeTurn?: TakeTurn;
  /** Called after each commit that added to the change log without a turn. */
  readonly onLogged: () => void;
  /** Called for each file whose progress was reported and committed. */
  readonly onProgress: (tenant: string, file: FileSnapshot) => void;
  /** Called after each commit that left files for workers to take, with where they are. */
  readonly onQueued?: (places: readonly QueuePlace[]) => void;
  readonly onAttempt?: (answer: AnswerOf['transition'], durationMs: number) => void;
  /** Called for each command that was refused because of a quota. */
  readonly onQuotaExceeded?: () => void;
  /** How long files may rest in the states that end by themselves. */
  readonly timers: Timers;
  readonly policy: ProcessingPolicy;
  /** null, or left out: tenants may have as much as they like. */
  readonly quotas?: Quotas | null;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  readonly limits?: TransactionLimits;
  readonly admission?: AdmissionLimits;
  readonly failpoints?: Failpoints;
}

export interface Lifecycle {
  /** Runs commands of one kind; the answers come in their order. */
  execute<Kind extends Command['kind']>(
    commands: readonly Extract<Command, { kind: Kind }>[],
  ): Promise<AnswerOf[Kind][]>;
  /** Runs one command. */
  executeOne<One extends Command>(command: One): Promise<AnswerOf[One['kind']]>;
  /** Of the commands that were accepted and have no answer yet. */
  readonly load: Load;
  /** How long the oldest running batch has been at work, in milliseconds; 0 when none runs. */
  readonly oldestBatchMs: number;
  /** The longest that a running batch has heard nothing from the database, in milliseconds; 0 when none runs. */
  readonly unansweredMs: number;
  /** Resolves when every command accepted so far has its answer. */
  idle(): Promise<void>;
}

// A process that stops in mid-transaction loses its row locks before those who wait for them time out.
export const BATCH_LIMITS: TransactionLimits = {
  lockTimeoutMs: 5_000,
  statementTimeoutMs: 10_000,
  idleTimeoutMs: 4_000,
};

// Measured in docs/adr/0002.
const WORKERS = 2;
const BATCH_SIZE = 256;
const CONTENDED_WORKERS = 6;

/** Connections the lifecycle can use at once; the pool it is given should have as many. */
export const LIFECYCLE_CONNECTIONS = WORKERS + CONTENDED_WORKERS;

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { quotas = null, takeTurn = noTurn } = options;
  const context = { limits: BATCH_LIMITS, failpoints: noFailpoints, ...options, quotas, takeTurn };

  const running = new RunningBatches();

  const runAndReport: RunBatch = async (commands, wait) => {
    const startedAt = performance.now();
    const result = await running.run((onAnswer) => runBatch({ ...context, onAnswer }, commands, wait));
    if (result.isLeftToFeed) options.onLogged();
    if (result.queued.length > 0) options.onQueued?.(result.queued);
    const durationMs = performance.now() - startedAt;
    for (const { attempt, answer } of result.serverTransitions) reportAttempt(options, attempt, answer, durationMs);
    return result;
  };

  const dispatcher = new Dispatcher({
    runBatch: runAndReport,
    workers: WORKERS,
    batchSize: BATCH_SIZE,
    contendedWorkers: CONTENDED_WORKERS,
    admission: options.admission ?? ADMISSION_LIMITS,
    isRegistrationQueued: quotas !== null,
    now: () => performance.now(),
  });

  async function answerOne(command: Command, pending: Promise<Answer>, startedAt: number): Promise<Answer> {
    const answer = await pending.catch((error: unknown): Answer => ({ outcome: 'failed', error }));
    reportAnswer(options, command, answer, performance.now() - startedAt);
    return answer;
  }

  const inFlight = new Set<Promise<unknown>>();

  async function answerAll(commands: readonly Command[]): Promise<Answer[]> {
    const startedAt = performance.now();
    const pending = dispatcher.submit(commands);
    const all = Promise.all(commands.map((command, at) => answerOne(command, pending[at]!, startedAt)));
    inFlight.add(all);
    return await all.finally(() => inFlight.delete(all));
  }

  return {
    get load() {
      return dispatcher.load;
    },
    get oldestBatchMs() {
      return running.oldestMs;
    },
    get unansweredMs() {
      return running.unansweredMs;
    },
    execute: async <Kind extends Command['kind']>(commands: readonly Command[]) =>
      (await answerAll(commands)) as AnswerOf[Kind][],
    executeOne: async <One extends Command>(command: One) => (await answerAll([command]))[0] as AnswerOf[One['kind']],
    idle: async () => void (await Promise.all(inFlight)),
  };
}

function reportAnswer(options: LifecycleOptions, command: Command, answer: Answer, durationMs: number): void {
  if ('code' in answer && answer.code === 'QUOTA_EXCEEDED') options.onQuotaExceeded?.();
  if (command.kind === 'transition') reportAttempt(options, command, answer as AnswerOf['transition'], durationMs);
  for (const { tenant, file } of progressOf(command, answer)) options.onProgress(tenant, file);
}

/** What subscribers to progress learn of an answer. */
function progressOf({ tenant }: Command, answer: Answer): readonly { tenant: string; file: FileSnapshot }[] {
  const { outcome } = answer;
  if (outcome === 'claimed') return answer.files;
  const isProgress =
    outcome === 'progressed' || outcome === 'extended' || outcome === 'released' || outcome === 'cancelled';
  return isProgress ? [{ tenant, file: answer.file }] : [];
}

function reportAttempt(
  { log, onAttempt }: LifecycleOptions,
  attempt: Attempt,
  answer: AnswerOf['transition'],
  durationMs: number,
): void {
  logAttempt(log, attempt, answer, durationMs);
  onAttempt?.(answer, durationMs);
}
