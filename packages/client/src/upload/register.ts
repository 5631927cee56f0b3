// Finds the file of the server that a local file is, or registers one.
import type { Waybill } from '../client.ts';
import { WaybillError } from '../errors.ts';
import { expectSuccess } from '../expect-success.ts';
import { READ_UPLOAD, REGISTER_FILE } from '../generated/documents.ts';
import type { ReadUploadQuery } from '../generated/operations.ts';
import { createKey } from '../http/request.ts';
import { nameOf, typeOf } from './fingerprint.ts';
import type { Memory } from './memory.ts';
import type { UploadOptions } from './options.ts';

/** A file with what its upload needs. */
export type UploadFile = NonNullable<ReadUploadQuery['file']>;

export interface Found {
  readonly file: UploadFile;
  /** It was there already. */
  readonly isRecognised: boolean;
}

export interface Finding {
  readonly waybill: Waybill;
  readonly memory: Memory;
  readonly local: Blob;
  readonly options: UploadOptions;
  /** null: it is not recognised. */
  readonly fingerprint: string | null;
  /** Called only if the file must be registered. */
  readonly digest: () => Promise<string | undefined>;
}

/** Null: there is none, or it was deleted. @throws WaybillError */
export const readUpload = async (waybill: Waybill, id: string, signal: AbortSignal): Promise<UploadFile | null> =>
  (await waybill.query(READ_UPLOAD, { id }, { signal })).file;

/** @throws WaybillError, such as QUOTA_EXCEEDED */
export async function findOrRegister(finding: Finding, signal: AbortSignal): Promise<Found> {
  const { waybill, memory, fingerprint } = finding;
  let known = fingerprint === null ? null : await memory.read(fingerprint);
  if (known?.id !== undefined) {
    const file = await readUpload(waybill, known.id, signal);
    if (file !== null) return { file, isRecognised: true };
    // Deleted since; so its key is of no use either.
    known = null;
  }
  const sha256 = await finding.digest();
  for (let key = known?.key; ; key = undefined) {
    const registration = { key: key ?? createKey(), isRemembered: key !== undefined };
    const found = await register(finding, registration, sha256, signal).catch((error: unknown) => {
      // What is remembered is of another registration, such as one without a digest.
      if (key !== undefined && error instanceof WaybillError && error.code === 'IDEMPOTENCY_MISMATCH') return null;
      throw error;
    });
    if (found !== null) return found;
  }
}

/** @returns null: the file of this key was deleted since */
async function register(
  { waybill, memory, local, options, fingerprint }: Finding,
  { key, isRemembered }: { readonly key: string; readonly isRemembered: boolean },
  sha256: string | undefined,
  signal: AbortSignal,
): Promise<Found | null> {
  // Before the answer, so that a reload between the two does not register it twice.
  if (fingerprint !== null) await memory.write(fingerprint, { key });
  const input = {
    name: nameOf(local, options),
    contentType: typeOf(local, options),
    size: local.size,
    ...(sha256 !== undefined && { sha256 }),
    ...(options.metadata !== undefined && { metadata: options.metadata }),
    idempotencyKey: key,
  };
  const { registerFile } = await waybill.mutate(REGISTER_FILE, { input }, { signal });
  const { file, replayed } = expectSuccess(registerFile);
  if (fingerprint !== null) await memory.write(fingerprint, { key, id: file.id });
  if (!replayed) return { file: { ...file, retryAt: null }, isRecognised: false };
  // A replayed answer shows the file as it was then.
  const now = await readUpload(waybill, file.id, signal);
  return now === null ? null : { file: now, isRecognised: isRemembered };
}
