// What a client types into a search box: words that must all be there, "phrases", -words that must not be there, and `or`
// between alternatives. Whatever is typed means something; it is never a syntax error.
import { type Fault, storableFault } from '../lifecycle/input-rules.ts';
import { toNfc } from './compose.ts';
import { foldText, wordsOf } from './fold.ts';

const MOST_CHARACTERS = 1_024;

/** A word or a phrase, as it was typed and as folded words; a word such as `report.pdf` is a phrase of two. */
export interface Term {
  readonly typed: string;
  readonly words: readonly string[];
}

/** What a file must have, all of it, and what it must not have. */
export interface Alternative {
  readonly wanted: readonly Term[];
  readonly unwanted: readonly Term[];
}

/** A file is found if one of the alternatives fits it. */
export type WebQuery = readonly Alternative[];

// A quote that is not closed ends with the query.
const TERM = /(-?)(?:"([^"]*)(?:"|$)|([^\s"]+))/gu;

/** What is wrong with a query, in words for the client; null when nothing is. */
export function queryFault(text: string): Fault {
  // A code point is at most two UTF-16 units.
  if (text.length > 2 * MOST_CHARACTERS || Array.from(text).length > MOST_CHARACTERS) {
    return `query must be at most ${MOST_CHARACTERS} characters long.`;
  }
  const fault = storableFault('query', text);
  if (fault !== null) return fault;
  const isSearch = parseWebQuery(text).some(({ wanted }) => wanted.length > 0);
  return isSearch ? null : 'query must have a word to look for.';
}

/** Alternatives that want nothing are left out: "everything but" finds nothing. */
export function parseWebQuery(text: string): WebQuery {
  const alternatives: { wanted: Term[]; unwanted: Term[] }[] = [{ wanted: [], unwanted: [] }];
  for (const [, minus, phrase, word] of toNfc(text).matchAll(TERM)) {
    if (minus === '' && word?.toLowerCase() === 'or') {
      alternatives.push({ wanted: [], unwanted: [] });
      continue;
    }
    const typed = (phrase ?? word ?? '').trim();
    const words = wordsOf(foldText(typed));
    if (words.length === 0) continue;
    const { wanted, unwanted } = alternatives.at(-1)!;
    (minus === '' ? wanted : unwanted).push({ typed, words });
  }
  return alternatives.filter(({ wanted }) => wanted.length > 0);
}

const quoted = ({ words }: Term): string => `"${words.join(' ')}"`;

/** For websearch_to_tsquery: every term is quoted, so nothing in it is taken for an operator. */
export const printWebQuery = (query: WebQuery): string =>
  query
    .map(({ wanted, unwanted }) => [...wanted.map(quoted), ...unwanted.map((term) => `-${quoted(term)}`)].join(' '))
    .join(' or ');
