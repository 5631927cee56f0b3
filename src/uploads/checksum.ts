// The checksum extension: a digest over the body of one request (https://tus.io/protocols/resumable-upload#checksum).
import { type Hash, createHash } from 'node:crypto';
import { UploadError } from './upload-error.ts';

export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256', 'md5'] as const;

/** Bytes of a digest of each algorithm. */
const LENGTHS: Readonly<Record<(typeof CHECKSUM_ALGORITHMS)[number], number>> = { sha1: 20, sha256: 32, md5: 16 };

export interface Checksum {
  readonly hash: Hash;
  readonly expected: Buffer;
}

/** @throws UploadError 400 when it is malformed or the algorithm is not one of ours */
export function parseChecksum(header: string | null): Checksum | null {
  if (header === null) return null;
  const [name, digest = '', ...rest] = header.trim().split(' ');
  const algorithm = CHECKSUM_ALGORITHMS.find((each) => each === name);
  const allowed = CHECKSUM_ALGORITHMS.join(', ');
  if (algorithm === undefined) throw new UploadError(400, `The checksum algorithm must be one of ${allowed}.`);
  const expected = Buffer.from(digest, 'base64');
  if (rest.length > 0 || expected.length !== LENGTHS[algorithm]) {
    throw new UploadError(400, `Upload-Checksum must be "${algorithm} <base64 of ${LENGTHS[algorithm]} bytes>".`);
  }
  return { hash: createHash(algorithm), expected };
}

/** @throws UploadError 460 (Checksum Mismatch) */
export function requireMatch({ hash, expected }: Checksum): void {
  if (hash.digest().equals(expected)) return;
  throw new UploadError(460, 'The checksum of this request does not match its bytes; none of them was kept.');
}
