// One unit of work: a list of commands in, their answers out, everything between in one transaction.
// Lock -> recall keys -> decide each, in arrival order -> flush -> commit.
import type { MikroORM } from '../db/orm.ts';
import { CommitOutcomeUnknown, type TransactionLimits, transact } from '../db/transact.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import type { Answer, Command } from './commands.ts';
import { Indivisible } from './dispatcher.ts';
import { KeyRing } from './key-ring.ts';
import { type LockWait, lockFiles } from './lock-files.ts';
import { decideProgress } from './progress.ts';
import { decideRegistration } from './register.ts';
import { decideRemoval } from './remove.ts';
import type { Seams } from './seams.ts';
import { settleCommit } from './settle-commit.ts';
import { decideTransition } from './transition.ts';
import type { Unit } from './unit.ts';

export interface UnitContext {
  readonly orm: MikroORM;
  readonly engine: LifecycleEngine;
  readonly limits: TransactionLimits;
  readonly seams: Seams;
}

export interface UnitResult {
  /** One for each command whose row could be locked. */
  readonly answers: ReadonlyMap<Command, Answer>;
  /** Ids of files held elsewhere: their commands have no answer yet. */
  readonly held: ReadonlySet<string>;
  /** Whether the change log has grown. */
  readonly logged: boolean;
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
  }
}

/** @throws the database's error when nothing was committed; CommitOutcomeUnknown when that cannot be found out */
export async function runUnit(
  { orm, engine, limits, seams }: UnitContext,
  commands: readonly Command[],
  wait: LockWait,
): Promise<UnitResult> {
  await seams('before_lock');
  let planned: (UnitResult & Pick<Unit, 'changes'>) | undefined;
  try {
    await transact(orm, limits, async ({ em, now }) => {
      const { files, held } = await lockFiles(em, commands, wait);
      const due = commands.filter(({ fileId }) => !held.has(fileId));
      const unit: Unit = { em, now, engine, files, keys: await KeyRing.open(em, due, now), changes: [] };
      const answers = new Map(due.map((command) => [command, decide(unit, command)]));
      planned = { answers, held, logged: unit.changes.length > 0, changes: unit.changes };
      await seams('after_decide');
      await em.flush();
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
