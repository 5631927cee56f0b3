// The refusals that several deciders share.
import { snapshotOf } from '../../entities/file-snapshot.ts';
import type { File } from '../../entities/file.ts';
import type { Command, Refused, Rejected, RejectionCode } from '../commands.ts';

export const fileNotFound: Refused = {
  outcome: 'refused',
  code: 'FILE_NOT_FOUND',
  message: 'There is no such file.',
  field: 'id',
};

/** As it stands when there is no file to show: a registration, or a transition of a removed file. */
export const keyMismatch = {
  outcome: 'refused',
  code: 'IDEMPOTENCY_MISMATCH',
  message: 'This idempotency key was used before with another request.',
  field: 'idempotencyKey',
} as const satisfies Refused;

export function reject(
  command: Command,
  file: File,
  code: RejectionCode,
  message: string,
  guard: false | null = null,
): Rejected {
  return { outcome: 'rejected', code, message, attemptId: command.attemptId, file: snapshotOf(file), guard };
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
