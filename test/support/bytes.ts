// Bytes for tests, and how to recognise them again.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { SegmentWriter } from '../../src/uploads/store/byte-store.ts';
import type { Random } from './random.ts';

export const KIB = 2 ** 10;
export const MIB = 2 ** 20;

export function randomBytes(random: Random, length: number): Buffer {
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => random.below(2 ** 32));
  return Buffer.from(words.buffer, 0, length);
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** All that the stream gives, as what tells it apart: its length and digest. */
export async function fingerprintOf(stream: Readable): Promise<{ length: number; digest: string }> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.byteLength;
  }
  return { length, digest: hash.digest('hex') };
}

export function fingerprint(bytes: Uint8Array): { length: number; digest: string } {
  return { length: bytes.byteLength, digest: digestOf(bytes) };
}

/** In pieces of `least` to `most` bytes, as sockets have them. */
export async function writeInPieces(
  writer: SegmentWriter,
  bytes: Uint8Array,
  random: Random,
  [least, most]: readonly [number, number] = [16 * KIB, 64 * KIB],
): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + least + random.below(most - least + 1);
    // A copy: a writer takes over what it is given.
    await writer.write(new Uint8Array(bytes.subarray(at, end)));
    at = end;
  }
}
