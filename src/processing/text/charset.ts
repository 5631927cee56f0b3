// Finds the character encoding of a text from its first bytes, and tells text from other bytes.
import { isUtf8 } from 'node:buffer';

export interface Charset {
  /** A label of the WHATWG Encoding Standard, as TextDecoder takes it. */
  readonly label: string;
  readonly source: 'bom' | 'declared' | 'content';
}

/** More control characters than this among all bytes are not text. */
const MOST_CONTROLS = 0.02;
/** Some programs write NUL between fields or at the end of texts. */
const MOST_NULS = 0.25;
/** Spaces and line ends alone make more characters of UTF-16 than this have a zero byte, in every alphabet. */
const LEAST_ZEROS_OF_UTF16 = 0.1;
/** In bytes that would be UTF-8 too, but for NUL, only Latin letters are believed to be UTF-16: nearly all have a zero byte. */
const LEAST_ZEROS_IN_UTF8 = 0.4;

/**
 * In the order of the Encoding Standard: a byte order mark, what the text says of itself, then what the bytes look like.
 * Who declares UTF-8 and is wrong is not believed.
 * @param sample the first bytes
 * @param declared labels from the content type or the document, best first
 * @returns null if the bytes are not text
 */
export function detectCharset(sample: Uint8Array, declared: readonly (string | null)[] = []): Charset | null {
  const mark = byteOrderMark(sample);
  if (mark) return { label: mark, source: 'bom' };
  const counts = count(sample);
  const utf8 = isUtf8(completeCharacters(sample));
  const wide = utf16WithoutMark(sample, utf8 && counts.controls === 0 ? LEAST_ZEROS_IN_UTF8 : LEAST_ZEROS_OF_UTF16);
  if (wide) return { label: wide, source: 'content' };
  if (counts.nuls > sample.length * MOST_NULS || counts.controls > sample.length * MOST_CONTROLS) return null;
  const label = declared.map(knownLabel).find((known) => known !== null && (known !== 'utf-8' || utf8));
  if (label) return { label, source: 'declared' };
  if (utf8) return { label: 'utf-8', source: 'content' };
  // Nearly all other bytes without a name. Its unassigned bytes and NUL are as rare in it as control characters.
  const odd = counts.controls + counts.nuls + counts.unassigned;
  return odd > sample.length * MOST_CONTROLS ? null : { label: 'windows-1252', source: 'content' };
}

/** Whether the bytes hold no control characters at all, as no binary format does for long. */
export function isCleanText(sample: Uint8Array): boolean {
  const { nuls, controls } = count(sample);
  return nuls === 0 && controls === 0 && isUtf8(completeCharacters(sample));
}

function byteOrderMark([a, b, c]: Uint8Array): string | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return null;
}

/** The characters of Latin, space and line ends have a zero byte on the same side, and nothing has one on the other. */
function utf16WithoutMark(sample: Uint8Array, leastZeros: number): string | null {
  const zeros = [0, 0];
  for (let index = 0; index < sample.length; index += 1) {
    if (sample[index] === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  }
  const [even = 0, odd = 0] = zeros;
  const least = Math.max(1, (sample.length / 2) * leastZeros);
  if (sample.length < 4 || Math.max(even, odd) < least || Math.min(even, odd) > 0) return null;
  const label = even > odd ? 'utf-16be' : 'utf-16le';
  return isPrintable(new TextDecoder(label).decode(sample.subarray(0, sample.length & ~1))) ? label : null;
}

/** No control characters, no half surrogates but one cut off at the end, nothing that is not a character. */
function isPrintable(text: string): boolean {
  return !/[\p{Cc}\p{Cn}\ufffd]/u.test(text.slice(0, -1).replaceAll(/\s/g, ''));
}

function count(sample: Uint8Array): { nuls: number; controls: number; unassigned: number } {
  let nuls = 0;
  let controls = 0;
  let unassigned = 0;
  for (const byte of sample) {
    if (byte === 0) nuls += 1;
    else if (byte < 0x20 && !isWhitespace(byte)) controls += 1;
    else if (byte === 0x7f) controls += 1;
    else if (byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d) unassigned += 1;
  }
  return { nuls, controls, unassigned };
}

/** Tab to carriage return; and escape, which colours the logs of terminals. */
function isWhitespace(byte: number): boolean {
  return (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b;
}

/** Without a character that the end of the sample cuts in two. */
function completeCharacters(sample: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, sample.length); back += 1) {
    const byte = sample[sample.length - back] ?? 0;
    if (byte >= 0xc0) return lengthOfUtf8(byte) > back ? sample.subarray(0, -back) : sample;
    if (byte < 0x80) return sample;
  }
  return sample;
}

function lengthOfUtf8(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

/** A label that TextDecoder knows. Whoever declares UTF-16 in bytes that were read as ASCII is wrong about it. */
function knownLabel(label: string | null): string | null {
  if (label === null || label === '') return null;
  try {
    const { encoding } = new TextDecoder(label);
    return encoding.startsWith('utf-16') ? null : encoding;
  } catch {
    return null;
  }
}
