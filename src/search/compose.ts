// Text as it is stored and folded: well-formed, without NUL, its accents composed (NFC).
import { changeInTurns } from './in-turns.ts';

// Composing takes time quadratic in the length of a run of marks, which it must put in order: 64 KiB of them took 0.24 s,
// 1 MiB 45 s. Unicode calls a text with at most 30 of them in a row stream-safe: no writing needs more
// (https://unicode.org/reports/tr15/#Stream_Safe_Text_Format). Those beyond are left out.
const TOO_MANY_MARKS = /(\p{M}{30})\p{M}+/gu;

const makeStorable = (text: string): string => text.toWellFormed().replaceAll('\0', ' ');
const compose = (text: string): string => text.replaceAll(TOO_MANY_MARKS, '$1').normalize('NFC');

/** @param text a name or a query: a long text would hold up the process */
export const toNfc = (text: string): string => compose(makeStorable(text));

// Pieces are divided within a run of marks only where it is far longer.
const OF_A_LONG_RUN = /^\p{M}+/u;

/** The same for a long text, in turns. */
export async function toNfcInTurns(text: string): Promise<string> {
  let isFirst = true;
  return await changeInTurns(makeStorable(text), (piece) => {
    const rest = isFirst ? piece : piece.replace(OF_A_LONG_RUN, '');
    isFirst = false;
    return compose(rest);
  });
}
