// Looks for compressed streams of a PDF that inflate to more than any page needs, before pdf.js would inflate them whole.
//
// pdf.js needed 9 s and 300 MB for a page of 128 MiB. What this cannot see is left to the limits of the child: streams that
// say they are images, which text does not need, and the streams of encrypted files.
import { setImmediate } from 'node:timers/promises';
import { constants, inflateSync } from 'node:zlib';
import type { Bytes } from '../processor.ts';

/** A page of dense text has some 100 kB, a detailed map some 20 MB. */
const MOST_BYTES = 64 << 20;
const MOST_LAYERS = 4;
const WINDOW = 4 << 20;
/** A stream is looked at with at least so much of the file behind it. */
const LEAST_INPUT = 1 << 20;
/** Where the dictionary of a stream begins, at most, before it. */
const DICTIONARY = 2048;

/** More streams that only begin like compressed ones: nobody's PDF. Two million of them would take minutes. */
const MOST_DAMAGED = 10_000;
/** zlib lets its memory go between two turns of the event loop only: two million streams took 256 MiB. */
const TRIED_AT_ONCE = 100;

const KEYWORD = Buffer.from('stream');

export type Looks = 'sound' | 'bomb' | 'damaged';

/** @param check throws if there is no more time: it is called before each stream */
export async function lookForBomb(bytes: Bytes, size: number, check: () => void): Promise<Looks> {
  let position = 0;
  let tried = 0;
  let damaged = 0;
  while (position < size) {
    check();
    const window = Buffer.from(await bytes.read(position, WINDOW));
    if (window.length === 0) break;
    const last = position + window.length >= size;
    const end = last ? window.length : window.length - LEAST_INPUT;
    for (const start of streamStarts(window, end)) {
      check();
      if ((tried += 1) % TRIED_AT_ONCE === 0) await setImmediate();
      const looks = tryStream(window, start);
      if (looks === 'bomb') return looks;
      if (looks === 'damaged' && (damaged += 1) > MOST_DAMAGED) return looks;
    }
    if (last) break;
    // The next window begins before what was looked at, so that it sees the dictionary and a keyword cut in two.
    position += end - DICTIONARY;
  }
  return 'sound';
}

/** Offsets of the first bytes of compressed streams that are not images. */
function* streamStarts(window: Buffer, end: number): Generator<number> {
  for (let at = window.indexOf(KEYWORD); at !== -1 && at < end; at = window.indexOf(KEYWORD, at + 1)) {
    let start = at + KEYWORD.length;
    if (window[start] === 0x0d) start += 1;
    if (window[start] === 0x0a) start += 1;
    if (hasZlibHeader(window, start) && !isImage(window, at)) yield start;
  }
}

function isImage(window: Buffer, at: number): boolean {
  const before = window.toString('latin1', Math.max(0, at - DICTIONARY), at);
  return /\/Subtype\s*\/Image\b/.test(before.slice(before.lastIndexOf('obj')));
}

function tryStream(window: Buffer, start: number): Looks {
  let data: Buffer = window.subarray(start);
  try {
    for (let layer = 0; layer < MOST_LAYERS && hasZlibHeader(data, 0); layer += 1) {
      // A stream that goes on beyond the window is not an error.
      data = inflateSync(data, { maxOutputLength: MOST_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
    }
    return 'sound';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'bomb' : 'damaged';
  }
}

/** RFC 1950: method 8, and a checksum over the first two bytes. */
function hasZlibHeader(data: Buffer, at: number): boolean {
  const method = data[at] ?? 0;
  return (method & 0x0f) === 8 && ((method << 8) | (data[at + 1] ?? 0)) % 31 === 0;
}
