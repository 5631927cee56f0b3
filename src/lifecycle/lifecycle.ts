// The only writer of files. Requests go in as a list, answers come out in the same order; how they share transactions
// is nobody else's business.
import type { MikroORM } from '../db/orm.ts';
import { isConflict, isConnectionLost, isLockTimeout, isUniqueViolation } from '../db/pg-errors.ts';
import { withRetries } from '../db/retry.ts';
import { CommitOutcomeUnknown, type TransactionLimits } from '../db/transact.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { Timers } from '../fsm/deadlines.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import type { Logger } from '../log.ts';
import { type Attempt, logAttempt } from './attempt-log.ts';
import type { Answer, AnswerOf, Command, Refused } from './commands.ts';
import { Dispatcher, Indivisible } from './dispatcher.ts';
import type { LockWait } from './lock-files.ts';
import { type UnitResult, runUnit } from './run-unit.ts';
import { type Seams, inertSeams } from './seams.ts';

export interface LifecycleOptions {
  readonly orm: MikroORM;
  readonly engine: LifecycleEngine;
  readonly log: Logger;
  /** 0 to 1, as Math.random: jitter of retries. */
  readonly random: () => number;
  /** Called after each commit that added to the change log. */
  readonly onLogged: () => void;
  /** Called for each file whose progress was reported and committed. */
  readonly onProgress: (tenant: string, file: FileSnapshot) => void;
  readonly onAttempt?: (answer: AnswerOf['transition'], durationMs: number) => void;
  /** How long files may rest in the states that end by themselves. */
  readonly timers: Timers;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  readonly limits?: TransactionLimits;
  readonly seams?: Seams;
}

export interface Lifecycle {
  /** Runs commands of one kind; the answers come in their order. */
  execute<Kind extends Command['kind']>(
    commands: readonly Extract<Command, { kind: Kind }>[],
  ): Promise<AnswerOf[Kind][]>;
  /** Resolves when every command accepted so far has its answer. */
  idle(): Promise<void>;
}

// A process that stops in mid-transaction gives its row locks up before those who wait for them give up.
const LIMITS: TransactionLimits = { lockTimeoutMs: 5_000, statementTimeoutMs: 15_000, idleTimeoutMs: 4_000 };

// Measured in docs/adr/0002.
const LANES = 2;
const BATCH_SIZE = 256;
const HELD_LANES = 6;

/** Connections the lifecycle can use at once; the pool it is given should have as many. */
export const LIFECYCLE_CONNECTIONS = LANES + HELD_LANES;

const FILE_BUSY: Refused = {
  outcome: 'refused',
  code: 'FILE_BUSY',
  message: 'The file is locked by another change; try again.',
  field: null,
};

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { orm, engine, random, timers, newId, limits = LIMITS, seams = inertSeams } = options;
  const context = { orm, engine, limits, seams, timers, newId };
  // A unique violation is a race lost to another replica (two equal attempts): the second look finds what won.
  const isTransient = (error: unknown): boolean =>
    !(error instanceof Indivisible) && (isConflict(error) || isConnectionLost(error) || isUniqueViolation(error));

  async function run(commands: readonly Command[], wait: LockWait): Promise<UnitResult> {
    const startedAt = performance.now();
    try {
      const policy = { retries: 3, baseDelayMs: 25, isTransient, random };
      const result = await withRetries(policy, () => runUnit(context, commands, wait));
      if (result.logged) options.onLogged();
      const durationMs = performance.now() - startedAt;
      for (const { attempt, answer } of result.ownMoves) reportAttempt(options, attempt, answer, durationMs);
      return result;
    } catch (error) {
      if (error instanceof Indivisible) throw error;
      // Where nobody waits for a row, somebody waited for another's idempotency key: the others are not busy.
      if (isLockTimeout(error) && (wait === 'wait' || commands.length === 1)) return allBusy(commands);
      if (isConnectionLost(error) || error instanceof CommitOutcomeUnknown) throw new Indivisible(error);
      throw error;
    }
  }

  const dispatcher = new Dispatcher({ run, lanes: LANES, batchSize: BATCH_SIZE, heldLanes: HELD_LANES });

  async function answerOne(command: Command, pending: Promise<Answer>, startedAt: number): Promise<Answer> {
    const answer = await pending.catch((error: unknown): Answer => ({ outcome: 'failed', error }));
    report(options, command, answer, performance.now() - startedAt);
    return answer;
  }

  const inFlight = new Set<Promise<unknown>>();

  async function execute<Kind extends Command['kind']>(
    commands: readonly Extract<Command, { kind: Kind }>[],
  ): Promise<AnswerOf[Kind][]> {
    const startedAt = performance.now();
    const pending = dispatcher.submit(commands);
    const answers = commands.map((command, at) => answerOne(command, pending[at] as Promise<Answer>, startedAt));
    const all = Promise.all(answers) as Promise<AnswerOf[Kind][]>;
    inFlight.add(all);
    return await all.finally(() => inFlight.delete(all));
  }

  return { execute, idle: async () => void (await Promise.all(inFlight)) };
}

const allBusy = (commands: readonly Command[]): UnitResult => ({
  answers: new Map(commands.map((command) => [command, FILE_BUSY])),
  held: new Set(),
  logged: false,
  ownMoves: [],
});

function report(options: LifecycleOptions, command: Command, answer: Answer, durationMs: number): void {
  if (command.kind === 'transition') reportAttempt(options, command, answer as AnswerOf['transition'], durationMs);
  if (answer.outcome === 'progressed') options.onProgress(command.tenant, answer.file);
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
