// The checksum extension: a digest over the body of one request (https://tus.io/protocols/resumable-upload#checksum).
import type { Algorithm } from '../digest/digest.ts';
import { UploadError } from '../upload-error.ts';

/** Bytes of a digest of each algorithm. */
const LENGTHS: ReadonlyMap<string, number> = new Map<Algorithm, number>([
  ['sha1', 20],
  ['sha256', 32],
  ['md5', 16],
]);

export const CHECKSUM_ALGORITHMS = [...LENGTHS.keys()].join(',');

export interface Checksum {
  readonly algorithm: Algorithm;
  readonly expected: Buffer;
}

/** @throws UploadError 400 when it is malformed or the algorithm is not supported */
export function parseChecksum(header: string | null): Checksum | null {
  if (header === null) return null;
  const [algorithm = '', digest = '', ...rest] = header.trim().split(' ');
  const length = LENGTHS.get(algorithm);
  if (length === undefined) throw new UploadError(400, `The checksum algorithm must be one of ${CHECKSUM_ALGORITHMS}.`);
  const expected = Buffer.from(digest, 'base64');
  if (rest.length > 0 || expected.length !== length) {
    throw new UploadError(400, `Upload-Checksum must be "${algorithm} <base64 of ${length} bytes>".`);
  }
  return { algorithm: algorithm as Algorithm, expected };
}

/**
 * @param actual in hex
 * @throws UploadError 460 (Checksum Mismatch)
 */
export function requireMatch({ expected }: Checksum, actual: string): void {
  if (expected.toString('hex') === actual) return;
  throw new UploadError(460, 'The checksum of this request does not match its bytes; none of them were kept.');
}
