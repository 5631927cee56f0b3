// Work on a long text, a piece in each turn of the event loop: a process that is busy with one text still answers others and
// keeps its leases.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** UTF-16 code units. Folding that many characters which it has not met before takes some 20 ms. */
const PIECE = 8 * 1024;
/** How far to look for a place to divide the text at. */
const FURTHER = 256;

/** What is one character with those before it: accents, the vowels and finals of Hangul. */
const CONTINUES = /[\p{M}\u1160-\u11ff]/u;
const isSecondHalf = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Between two characters where there is such a place nearby, and never within a surrogate pair. */
function endOfPiece(text: string, start: number): number {
  const nearest = start + PIECE + (isSecondHalf(text.charCodeAt(start + PIECE)) ? 1 : 0);
  let end = nearest;
  while (end < text.length && end < nearest + FURTHER) {
    const character = String.fromCodePoint(text.codePointAt(end)!);
    if (!CONTINUES.test(character)) return end;
    end += character.length;
  }
  return end;
}

/** @returns what `change` makes of the pieces of a well-formed text, joined */
export async function changeInTurns(text: string, change: (piece: string) => string): Promise<string> {
  let changed = '';
  for (let start = 0; start < text.length;) {
    const end = endOfPiece(text, start);
    changed += change(text.slice(start, end));
    start = end;
    await nextTurn();
  }
  return changed;
}
