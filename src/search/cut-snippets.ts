// Cuts snippets out of what was read around the hits: pure, in characters of the text as it is stored.
import type { Folded } from './fold.ts';

export interface Snippet {
  readonly text: string;
  /** In UTF-16 code units of `text`; the end is exclusive. */
  readonly hits: readonly { readonly start: number; readonly end: number }[];
}

/** A piece of a text, folded, and folded once more with its hits marked. */
export interface Marked extends Folded {
  /** The character of the text at which it begins, from 1. */
  readonly at: number;
  readonly text: string;
  readonly marked: string;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const MOST = 3;
/** Words of a snippet, and how many of them come before its first hit. */
const WORDS = 30;
const WORDS_BEFORE = 8;

/** Private-use characters, which folded text has none of. */
export const HIT_START = '\u{e000}';
export const HIT_END = '\u{e001}';

/** Where the hits are in the text of the window; none if PostgreSQL has changed anything but to mark them. */
function hitsOf({ folded, starts, ends, marked }: Omit<Marked, 'at' | 'text'>): Range[] {
  const hits: Range[] = [];
  // Each hit before it has brought two marks of one character.
  for (let from = 0; ;) {
    const start = marked.indexOf(HIT_START, from);
    const end = marked.indexOf(HIT_END, start);
    if (start < 0 || end < 0) break;
    const before = 2 * hits.length;
    hits.push({ start: starts[start - before]!, end: ends[end - before - 2]! });
    from = end + 1;
  }
  return marked.replaceAll(HIT_START, '').replaceAll(HIT_END, '') === folded ? hits : [];
}

const WORD = /\S+/gu;

const wordsOf = (text: string): Range[] =>
  Array.from(text.matchAll(WORD), ({ index, 0: word }) => ({ start: index, end: index + word.length }));

/** Of some thirty words around a hit, with all hits in it. */
function snippetAround(
  { text, at }: Marked,
  words: readonly Range[],
  hits: readonly Range[],
  first: Range,
): Snippet & Range {
  const place = words.findIndex(({ end }) => end > first.start);
  // The first word of a window is cut, unless the text begins with it.
  const from = Math.max(at === 1 || place === 0 ? 0 : 1, place - WORDS_BEFORE);
  const part = words.slice(from, from + WORDS);
  const start = Math.min(part[0]?.start ?? 0, first.start);
  const end = Math.max(part.at(-1)?.end ?? text.length, first.end);
  const within = hits.filter((hit) => hit.start >= start && hit.end <= end);
  return {
    start,
    end,
    text: text.slice(start, end),
    hits: within.map((hit) => ({ start: hit.start - start, end: hit.end - start })),
  };
}

/** The hits of a window whose snippets do not overlap. */
function snippetsOf(window: Marked): (Snippet & Range)[] {
  const hits = hitsOf(window);
  if (hits.length === 0) return [];
  const words = wordsOf(window.text);
  const snippets: (Snippet & Range)[] = [];
  for (const hit of hits) {
    const last = snippets.at(-1);
    if (last === undefined || hit.start >= last.end) snippets.push(snippetAround(window, words, hits, hit));
  }
  return snippets;
}

/** At most three, those with the most hits, in the order of the text; from overlapping windows each place once. */
export function cutSnippets(windows: readonly Marked[]): Snippet[] {
  const found: (Snippet & Range)[] = [];
  for (const window of windows) {
    for (const snippet of snippetsOf(window)) {
      const place = { start: window.at + snippet.start, end: window.at + snippet.end };
      if (found.every((other) => place.start >= other.end || place.end <= other.start)) {
        found.push({ ...snippet, ...place });
      }
    }
  }
  const best = new Set(found.toSorted((a, b) => b.hits.length - a.hits.length).slice(0, MOST));
  return found.filter((snippet) => best.has(snippet)).map(({ text, hits }) => ({ text, hits }));
}
