// Registers the file of a POST that names none, and takes the registration back when the POST is refused after all: its
// client never learns the URL.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { Registered } from '../../lifecycle/commands.ts';
import { toRegisterCommand } from '../../lifecycle/input.ts';
import { UploadError, toUploadError } from '../upload-error.ts';
import { type UploadMetadata, keptHeader } from './metadata.ts';
import type { TusServices, UploadCaller } from './services.ts';

export interface Registration {
  readonly size: number;
  readonly metadata: UploadMetadata;
  /** What it was parsed from; null without one. */
  readonly metadataHeader: string | null;
  /** Of the Idempotency-Key header; null without one. */
  readonly idempotencyKey: string | null;
}

const DEFAULT_NAME = 'unnamed';
/** Of states in which a file stays although its creation was refused. */
const KEPT = ['failed', 'processing', 'ready'] as const;

/**
 * With a key that was used before: the file of then, and `replayed`.
 * @throws UploadError 400, 503, 413 beyond a quota, 422 when the key was used for another upload
 */
export async function register(
  { size, metadata: { filename, filetype, sha256, ...metadata }, metadataHeader, idempotencyKey }: Registration,
  { tenant, actor }: UploadCaller,
  { lifecycle, limits, newId }: TusServices,
): Promise<Registered> {
  const input = {
    name: filename ?? DEFAULT_NAME,
    contentType: filetype || null,
    size,
    sha256,
    metadata,
    metadataHeader: keptHeader(metadataHeader),
    idempotencyKey,
  };
  const command = toRegisterCommand(input, { tenant, actor, attemptId: newId() }, newId(), limits);
  if ('outcome' in command) throw new UploadError(400, command.message);
  const answer = await lifecycle.executeOne(command);
  if (answer.outcome === 'registered') return answer;
  if (answer.outcome === 'failed') throw answer.error;
  if (answer.code === 'IDEMPOTENCY_MISMATCH') throw new UploadError(422, `${answer.code}: ${answer.message}`);
  // There is no file that could be busy: others of the tenant were registered for too long.
  if (answer.code === 'FILE_BUSY') throw new UploadError(503, 'Nothing can be registered now; try again.');
  throw answer.code === 'UNAVAILABLE' || answer.code === 'QUOTA_EXCEEDED'
    ? toUploadError(answer)
    : new UploadError(409, 'The upload could not be created.');
}

/**
 * A file that has failed stays, because it tells why; one whose bytes are all here stays too: only its answer was lost. What
 * cannot be removed now expires as every unused registration does.
 */
export async function undoRegistration(
  { id }: FileSnapshot,
  { tenant, actor }: UploadCaller,
  { lifecycle, reader, newId }: TusServices,
): Promise<void> {
  const file = await reader.readFile(tenant, id).catch(() => null);
  if (file === null || KEPT.some((tag) => hasTag(file.state, tag))) return;
  const origin = { tenant, actor, attemptId: newId(), fileId: id };
  await lifecycle.executeOne({ kind: 'remove', ...origin, expectedVersion: file.version });
}
