// One unit of work: a list of commands in, their answers out, everything between in one transaction.
// Lock -> recall keys -> decide each, in arrival order -> write -> commit.
import type { MikroORM } from '../db/orm.ts';
import { CommitOutcomeUnknown, type TransactionLimits, transact } from '../db/transact.ts';
import type { Timers } from '../fsm/deadlines.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import { ByteLedger } from './byte-ledger.ts';
import type { Answer, Command } from './commands.ts';
import { Indivisible } from './dispatcher.ts';
import { decideExpiry } from './expire.ts';
import { KeyRing } from './key-ring.ts';
import { type LockWait, type Row, lockingOf, readLocked } from './lock-files.ts';
import { decideProgress } from './progress.ts';
import { decideReceipt } from './receive.ts';
import { decideRegistration } from './register.ts';
import { decideRemoval } from './remove.ts';
import type { Seams } from './seams.ts';
import { settleCommit } from './settle-commit.ts';
import { decideTransition } from './transition.ts';
import { UnitWrites } from './unit-writes.ts';
import type { Unit } from './unit.ts';

export interface UnitContext {
  readonly orm: MikroORM;
  readonly engine: LifecycleEngine;
  readonly limits: TransactionLimits;
  readonly seams: Seams;
  readonly timers: Timers;
  readonly newId: () => string;
}

export interface UnitResult {
  /** One for each command whose row could be locked. */
  readonly answers: ReadonlyMap<Command, Answer>;
  /** Ids of files held elsewhere: their commands have no answer yet. */
  readonly held: ReadonlySet<string>;
  /** Whether the change log has grown. */
  readonly logged: boolean;
  readonly ownMoves: Unit['ownMoves'];
}

function decide(unit: Unit, command: Command): Answer {
  switch (command.kind) {
    case 'register':
      return decideRegistration(unit, command);
    case 'transition':
      return decideTransition(unit, command);
    case 'progress':
      return decideProgress(unit, command);
    case 'remove':
      return decideRemoval(unit, command);
    case 'receive':
      return decideReceipt(unit, command);
    case 'expire':
      return decideExpiry(unit, command);
  }
}

/** @throws the database's error when nothing was committed; CommitOutcomeUnknown when that cannot be found out */
export async function runUnit(
  { orm, engine, limits, seams, timers, newId }: UnitContext,
  commands: readonly Command[],
  wait: LockWait,
): Promise<UnitResult> {
  await seams('before_lock');
  let planned: (UnitResult & Pick<UnitWrites, 'changes'>) | undefined;
  try {
    await transact<Row, void>(orm, limits, lockingOf(commands, wait), async ({ em, now, rows }) => {
      const { files, held } = await readLocked(em, commands, wait, rows);
      const due = commands.filter(({ fileId }) => !held.has(fileId));
      const keys = await KeyRing.open(em, due, now);
      const bytes = await ByteLedger.open(em, due);
      const writes = new UnitWrites(files.values());
      const unit: Unit = { now, engine, files, keys, bytes, writes, timers, newId, ownMoves: [] };
      const answers = new Map(due.map((command) => [command, decide(unit, command)]));
      const { changes } = writes;
      planned = { answers, held, logged: changes.length > 0, changes, ownMoves: unit.ownMoves };
      await seams('after_decide');
      await writes.write(em);
      await bytes.write(em);
      await seams('before_commit');
    });
  } catch (error) {
    if (!(error instanceof CommitOutcomeUnknown) || planned === undefined) throw error;
    const committed = await settleCommit(orm, error, planned.changes);
    if (!committed) throw error.cause;
  }
  await reachAfterCommit(seams);
  if (planned === undefined) throw new TypeError('a unit of work ended without a plan');
  return planned;
}

/** What fails after the commit must not make anybody run the unit again. */
async function reachAfterCommit(seams: Seams): Promise<void> {
  try {
    await seams('after_commit');
  } catch (error) {
    throw new Indivisible(error);
  }
}
