// How words are written in the index and in queries: runs of letters and digits in lower case, without accents, everything
// else as spaces. PostgreSQL's parser takes file names, hosts and hyphenated words as one token each, and what it holds for a
// letter depends on the locale of the database; folded text has nothing of the kind, so it is read alike everywhere
// (docs/adr/0018).
import { toNfc } from './compose.ts';
import { changeInTurns } from './in-turns.ts';

/** Letters that have no accent to lose. Stemmers know none of them but ß, which they write as ss too. */
const SPELLED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
};

const ACCENT = /[\u0300-\u036f]/gu;
/** Their accents are folded; those of other scripts are letters of their own, such as й. */
const ACCENTED_SCRIPT = /[\p{Script=Latin}\p{Script=Greek}]/u;
/** Written without spaces between words: each character counts as a word. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
/** Within a word, but not of it: accents that stand alone, soft hyphens, joiners. */
const NOTHING = /[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]/u;
const OF_WORDS = /[\p{L}\p{N}\p{M}]/u;

/** Characters that are remembered are of the alphabets: all of Unicode took 89 MB for good, and more time. */
const REMEMBERED = '\u3000';
const known = new Map<string, string>();

/** @param character one code point. @returns what it is in folded text: often one character, a space, or nothing */
function foldCharacter(character: string): string {
  if (character >= REMEMBERED) return findFolded(character);
  const folded = known.get(character);
  if (folded !== undefined) return folded;
  const found = findFolded(character);
  known.set(character, found);
  return found;
}

function findFolded(character: string): string {
  if (NOTHING.test(character)) return '';
  if (!OF_WORDS.test(character)) return ' ';
  if (UNSPACED.test(character)) return ` ${character} `;
  const lower = character.toLowerCase();
  if (!ACCENTED_SCRIPT.test(character)) return lower;
  const plain = lower.normalize('NFKD').replaceAll(ACCENT, '');
  return Array.from(plain, (each) => SPELLED[each] ?? (OF_WORDS.test(each) ? each : ' ')).join('');
}

const ASCII = Array.from({ length: 128 }, (_, code) => findFolded(String.fromCharCode(code)));

/** @param text in NFC (compose.ts) */
export function foldText(text: string): string {
  let folded = '';
  for (const character of text) folded += ASCII[character.charCodeAt(0)] ?? foldCharacter(character);
  return folded;
}

/** The same for a long text, in turns. */
export const foldLongText = (text: string): Promise<string> => changeInTurns(text, foldText);

export interface Folded {
  readonly folded: string;
  /** For each code unit of `folded`, where its character begins in the text. */
  readonly starts: readonly number[];
  /** And where it ends, exclusive. */
  readonly ends: readonly number[];
}

/** ASCII folds into as many characters: the way back is the same for all such texts, and none of it is written anew. */
const SHORT = 1_024;
const OWN_STARTS = Array.from({ length: SHORT }, (_, at) => at);
const OWN_ENDS = Array.from({ length: SHORT }, (_, at) => at + 1);
const IS_ASCII = /^[\0-\x7f]*$/;

/** The same, with the way back. What is beyond the end of `folded` in its lists means nothing. */
export function foldAligned(text: string): Folded {
  if (text.length <= SHORT && IS_ASCII.test(text)) {
    return { folded: text.toLowerCase().replaceAll(/[^a-z\d]/g, ' '), starts: OWN_STARTS, ends: OWN_ENDS };
  }
  let folded = '';
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of text) {
    const piece = foldCharacter(character);
    for (let unit = 0; unit < piece.length; unit += 1) {
      starts.push(at);
      ends.push(at + character.length);
    }
    folded += piece;
    at += character.length;
  }
  return { folded, starts, ends };
}

/** The words of a file's name, folded: `Quarterly_Report-2026.pdf` and `quarterlyReport.pdf` have a word `report`. */
export function foldName(name: string): string {
  const split = toNfc(name)
    .replaceAll(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
    .replaceAll(/(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu, ' ');
  return wordsOf(foldText(split)).join(' ');
}

/** The words of folded text. */
export const wordsOf = (folded: string): string[] => folded.split(' ').filter((word) => word !== '');
