// Text on a terminal: its width, cutting and padding it, and removing control characters.
import { stripVTControlCharacters } from 'node:util';

// East Asian Wide and Fullwidth, coarsely (https://www.unicode.org/reports/tr11/), and emoji shown as such.
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u{20000}-\u{3fffd}])/u;
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const split = (text: string): string[] => Array.from(graphemes.segment(text), ({ segment }) => segment);

function widthOfGrapheme(grapheme: string): number {
  if (ZERO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Width in columns; colour sequences do not count. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  return split(plain).reduce((sum, grapheme) => sum + widthOfGrapheme(grapheme), 0);
}

/** Names and messages come from others: replaces control characters and bidirectional overrides. */
export const clean = (text: string): string => text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text))) + text;

/** As many graphemes as fit the width. */
function take(all: readonly string[], width: number): string {
  let taken = '';
  let room = width;
  for (const grapheme of all) {
    room -= widthOfGrapheme(grapheme);
    if (room < 0) break;
    taken += grapheme;
  }
  return taken;
}

/** Cuts the end of text that is too long. The text must not contain colours. */
export function cutEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${take(split(text), width - 1)}…`;
}

/** Cuts the start of text that is too long: the end of a path says most. The text must not contain colours. */
export function cutStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const kept = take(split(text).toReversed(), width - 1);
  return `…${split(kept).toReversed().join('')}`;
}
