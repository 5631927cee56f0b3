// What the deciders of one unit of work share: the locked rows, the keys used before, and the one way to record.
import { type FileSnapshot, snapshotOf } from '../entities/file-snapshot.ts';
import type { File } from '../entities/file.ts';
import { DEADLINES, type Timers } from '../fsm/deadlines.ts';
import type { LifecycleEngine } from '../fsm/types.ts';
import type { Attempt } from './attempt-log.ts';
import type { ByteLedger } from './byte-ledger.ts';
import type { Command, Refused, Rejected, RejectionCode, TransitionRecord, Transitioned } from './commands.ts';
import type { KeyRing } from './key-ring.ts';
import type { NewChange, UnitWrites } from './unit-writes.ts';

export interface Unit {
  /** The database's time: every change of a unit happens at the same instant. */
  readonly now: Date;
  readonly engine: LifecycleEngine;
  /** The rows locked by this unit, by id. A removed file leaves the map. */
  readonly files: Map<string, File>;
  readonly keys: KeyRing;
  /** What this unit does to the segments of MANAGED files. */
  readonly bytes: ByteLedger;
  readonly timers: Timers;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** What this unit will have written. */
  readonly writes: UnitWrites;
  /** Moves the server made by itself: attempts like any other, and logged like them. */
  readonly ownMoves: OwnMove[];
}

/** Who moves a file, and under which attempt. */
export type Mover = Pick<Command, 'tenant' | 'actor' | 'attemptId'>;

export interface OwnMove {
  readonly attempt: Attempt;
  readonly answer: Transitioned;
}

type Logged = Pick<NewChange, 'kind' | 'version'> &
  Partial<Pick<NewChange, 'event' | 'fromState' | 'toState' | 'failure'>>;

/** Marks a file as changed now. The unit's time is from before the lock, so it may be older than what it waited for. */
export function touch(unit: Unit, file: File): void {
  if (file.updatedAt < unit.now) file.updatedAt = unit.now;
}

/** Sets when the state the file is in now has to end by itself. */
export function setDeadline(unit: Unit, file: File): void {
  file.dueAt = deadlineOf(unit, file);
}

/** When the file's state has to end, going by when anything last happened to it; null: never. */
export function deadlineOf({ timers }: Unit, { state, updatedAt }: File): Date | null {
  const deadline = DEADLINES[state];
  return deadline === null ? null : new Date(updatedAt.getTime() + timers[deadline.timer]);
}

const NO_TRANSITION = { event: null, fromState: null, toState: null, failure: null };

/** Adds one row to the change log: the only way a change of a file becomes known. */
export function logChange(unit: Unit, command: Mover, file: File, logged: Logged): NewChange {
  const change: NewChange = {
    ...NO_TRANSITION,
    ...logged,
    tenant: command.tenant,
    fileId: file.id,
    attemptId: command.attemptId,
    actor: command.actor,
    file: snapshotOf(file),
    occurredAt: file.updatedAt,
  };
  unit.writes.log(change);
  return change;
}

/** The locked file a command speaks of, if it exists and is of the command's tenant. */
export function findLocked(unit: Unit, command: Command): File | undefined {
  const file = unit.files.get(command.fileId);
  return file?.tenant === command.tenant ? file : undefined;
}

/** Reads a transition back from its row in the log. */
export function transitionOf(change: NewChange): TransitionRecord {
  const { fileId, event, fromState, toState, version, attemptId, actor, failure, occurredAt } = change;
  if (event == null || fromState == null || toState == null) {
    throw new TypeError(`version ${version} of ${fileId} came by no transition`);
  }
  return {
    fileId,
    event,
    from: fromState,
    to: toState,
    version,
    attemptId,
    actor,
    failure: failure ?? null,
    occurredAt: occurredAt.toISOString(),
  };
}

export const fileNotFound: Refused = {
  outcome: 'refused',
  code: 'FILE_NOT_FOUND',
  message: 'There is no such file.',
  field: 'id',
};

export function reject(
  command: Command,
  file: File | FileSnapshot,
  code: RejectionCode,
  message: string,
  guard: false | null = null,
): Rejected {
  const snapshot = 'tenant' in file ? snapshotOf(file) : file;
  return { outcome: 'rejected', code, message, attemptId: command.attemptId, file: snapshot, guard };
}

/** Refuses a command that expects another version than the file has. */
export function checkVersion(
  command: Command & { readonly expectedVersion: number | null },
  file: File,
): Rejected | undefined {
  const { expectedVersion } = command;
  if (expectedVersion === null || expectedVersion === file.version) return undefined;
  const message = `The file is at version ${file.version}, not ${expectedVersion}.`;
  return reject(command, file, 'STALE_VERSION', message);
}
