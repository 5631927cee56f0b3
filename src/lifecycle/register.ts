// The beginning of a file's life: its row, and the first line of its log.
import { snapshotOf } from '../entities/file-snapshot.ts';
import type { File } from '../entities/file.ts';
import { INITIAL_STATE } from '../fsm/machine.ts';
import type { AnswerOf, RegisterCommand } from './commands.ts';
import { finishHeld } from './finish.ts';
import { type Unit, logChange, setDeadline } from './unit.ts';

export function decideRegistration(unit: Unit, command: RegisterCommand): AnswerOf['register'] {
  const recalled = unit.keys.find(command);
  if (recalled === 'mismatch') {
    return {
      outcome: 'refused',
      code: 'IDEMPOTENCY_MISMATCH',
      message: 'This idempotency key was used before with another request.',
      field: 'idempotencyKey',
    };
  }
  if (recalled !== undefined) return { outcome: 'registered', file: recalled.change.file, replayed: true };
  const file = createFile(unit, command);
  setDeadline(unit, file);
  const change = logChange(unit, command, file, { kind: 'REGISTERED', version: 0 });
  // Nothing is missing of a file without bytes: it is uploaded already.
  unit.keys.remember(unit.writes, command, finishHeld(unit, file) ?? change);
  return { outcome: 'registered', file: snapshotOf(file), replayed: false };
}

function createFile({ writes, now }: Unit, command: RegisterCommand): File {
  const { fileId, tenant, name, contentType, transfer, size, sha256, metadata, maxAttempts } = command;
  const file: File = {
    id: fileId,
    tenant,
    name,
    contentType,
    transfer,
    size,
    sha256,
    digestDeclared: sha256 !== null,
    metadata,
    maxAttempts,
    state: INITIAL_STATE,
    version: 0,
    attempts: 0,
    bytesReceived: 0,
    failure: null,
    createdAt: now,
    updatedAt: now,
    dueAt: null,
  };
  writes.create(file);
  return file;
}
