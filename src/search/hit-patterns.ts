// Regular expressions that find where a text may have the words of a query: by the beginnings of the words, whatever their
// case and accents, because the index has stems only. ts_headline then tells which words around are hits.
import type { Term, WebQuery } from './web-query.ts';

/** The most windows that are looked into. */
const MOST = 3;
/** Of a phrase, and of a word: a longer pattern takes PostgreSQL long to read, and finds nothing more. */
const WORDS = 4;
const LETTERS = 20;
/** Endings that a stemmer may take off or change: a beginning of at least three letters stays. */
const STEM = 0.6;

/** Letters that are written with accents too, as classes of a PostgreSQL regular expression. */
const ACCENTED: Readonly<Record<string, string>> = {
  a: '[aàáâãäåāăą]',
  c: '[cçćĉċč]',
  d: '[dďđ]',
  e: '[eèéêëēĕėęě]',
  g: '[gĝğġģ]',
  i: '[iìíîïĩīĭįı]',
  l: '[lĺļľł]',
  n: '[nñńņň]',
  o: '[oòóôõöøōŏő]',
  r: '[rŕŗř]',
  s: '[sśŝşšș]',
  t: '[tţťț]',
  u: '[uùúûüũūŭůűų]',
  y: '[yýÿ]',
  z: '[zźżž]',
};

const stemOf = (word: string): string => {
  const letters = Array.from(word);
  return letters.slice(0, Math.min(LETTERS, Math.max(3, Math.ceil(letters.length * STEM)))).join('');
};

/** Folded words are letters, digits and marks: none of them means anything in a regular expression. */
const spell = (word: string): string => Array.from(word, (letter) => ACCENTED[letter] ?? letter).join('');

/** A phrase is looked for as a whole: its words may each come earlier by themselves. */
function patternOf({ words }: Term): string {
  const [first = '', ...others] = words.slice(0, WORDS).map((word) => spell(stemOf(word)));
  // \m, the beginning of a word, does not know letters beyond ASCII where the locale is C.
  const beginning = /^[\w[]/.test(first) ? String.raw`\m${first}` : first;
  return [beginning, ...others].join(String.raw`\S*\W{1,3}`);
}

export function patternsOf(query: WebQuery): string[] {
  const patterns = query.flatMap(({ wanted }) => wanted.map(patternOf));
  return [...new Set(patterns)].slice(0, MOST);
}
