// A registration: the file's row, and the first row of its log.
import { snapshotOf } from '../../entities/file-snapshot.ts';
import type { File } from '../../entities/file.ts';
import { INITIAL_STATE } from '../../fsm/machine.ts';
import type { AnswerOf, Refused, RegisterCommand } from '../commands.ts';
import { reservedBytes } from '../reserved-bytes.ts';
import { finishStored, isStored } from './finish-upload.ts';
import { type Batch, logChange, setDeadline } from '../batch/batch.ts';
import { keyMismatch } from './refusals.ts';

export function decideRegistration(batch: Batch, command: RegisterCommand): AnswerOf['register'] {
  const recalled = batch.keys.recall(command);
  if (recalled === 'mismatch') return keyMismatch;
  if (recalled !== undefined) return { outcome: 'registered', file: recalled.file, replayed: true };
  const refusal = batch.keys.refusalOf(command) ?? takeQuota(batch, command);
  if (refusal !== null) return refusal;
  const file = createFile(batch, command);
  setDeadline(batch, file);
  const change = logChange(batch, command, file, { kind: 'REGISTERED', version: 0 });
  // An empty file has all its bytes: its upload is finished already.
  const last = finishStored(batch, file) ?? change;
  batch.keys.remember(batch.writes, command, last, last.file);
  return { outcome: 'registered', file: snapshotOf(file), replayed: false };
}

/** A registration that is refused leaves nothing behind, its key included. */
function takeQuota(batch: Batch, command: RegisterCommand): Refused | null {
  const { tenant, transfer, size } = command;
  const file = { transfer, size, state: INITIAL_STATE, bytesReceived: 0 };
  const openUploads = isStored(file) ? 0 : 1;
  const refusal = batch.quotas.take(tenant, { files: 1, bytes: reservedBytes(file), openUploads });
  if (refusal !== null) batch.keys.giveBack(command, refusal);
  return refusal;
}

function createFile({ writes, now }: Batch, command: RegisterCommand): File {
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
    properties: {},
    processing: null,
    queue: null,
    claimableAt: null,
    createdAt: now,
    updatedAt: now,
    dueAt: null,
  };
  writes.create(file, command.metadataHeader);
  return file;
}
