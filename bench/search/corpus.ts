// Documents for searches, generated: words of a vocabulary, the commoner the fewer there are of them (Zipf), with the stop words
// of English between them, and names of two words. The same ones in every run.
import { uuidSql } from '../transitions/cycle.ts';

const VOCABULARY = 20_000;
const STOP_WORDS = ['the', 'of', 'and', 'to', 'in', 'is', 'was', 'for', 'with', 'on', 'that', 'as', 'by', 'it'];
const SYLLABLES = [
  'ba',
  'co',
  'di',
  'fe',
  'gu',
  'ha',
  'jo',
  'ki',
  'le',
  'mu',
  'na',
  'po',
  'qui',
  're',
  'so',
  'ta',
  'vo',
  'zu',
];

export interface Document {
  /** 1 and up, in the order of registration. */
  readonly number: number;
  readonly name: string;
  readonly text: string;
}

/** Mulberry32: 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The nth word of the vocabulary, the commonest first. Three syllables or more, so that none is a stop word. */
export function wordOf(rank: number): string {
  let word = '';
  for (let left = rank + SYLLABLES.length ** 2; left > 0; left = Math.floor(left / SYLLABLES.length)) {
    word += SYLLABLES[left % SYLLABLES.length]!;
  }
  return word;
}

/** Of 200 to 800 words, as a letter or a report of a page or two. */
export function createDocument(number: number): Document {
  const random = randomFrom(number);
  // Zipf by inversion of the logarithm: a word of rank r comes about once in r words.
  const word = (): string => wordOf(Math.floor(VOCABULARY ** random()) - 1);
  const words = Array.from({ length: 200 + Math.floor(random() * 600) }, (_, at) =>
    at % 3 === 2 ? STOP_WORDS[Math.floor(random() * STOP_WORDS.length)]! : word(),
  );
  return { number, name: `${word()}_${word()}-${number}.txt`, text: words.join(' ') };
}

/** Their files, INDEXED. $1: numbers, $2: names. */
export const FILES = `
  insert into file (id, tenant, name, content_type, transfer, size, state, version, attempts, max_attempts, metadata,
                    created_at, updated_at)
  select ${uuidSql('number')}, 'local', name, 'text/plain', 'EXTERNAL', 4096, 'INDEXED', 3, 1, 5, '{}',
         '2026-01-01'::timestamptz + number * interval '1 second', now()
  from unnest($1::int[], $2::text[]) as d (number, name)`;

/** Their texts. $1: numbers, $2: names as folded words, $3: texts. */
export const TEXTS = `
  insert into file_text (file_id, token, tenant, language, text, tsv, indexed, created_at)
  select ${uuidSql('number')}, ${uuidSql('number')}, 'local', 'english', words,
    setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', words), 'D'), true, now()
  from unnest($1::int[], $2::text[], $3::text[]) as d (number, name, words)`;
