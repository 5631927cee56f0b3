// A stream that fails when it ends too soon: bytes that a store lost must not look like the end of a file.
import { type Readable, Transform, pipeline } from 'node:stream';
import { BytesLost } from './byte-store.ts';

/** `source`, failing with BytesLost when it ends with fewer than `length` bytes. Destroying it destroys the source. */
export function expectBytes(source: Readable, length: number, segment: string): Readable {
  let missing = length;
  const counted = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      missing -= chunk.byteLength;
      done(null, chunk);
    },
    flush: (done) => done(missing === 0 ? null : new BytesLost(segment)),
  });
  // Errors of `source` reach the reader of `counted`.
  return pipeline(source, counted, () => {});
}
