// Looks for a phrase of one of the files, as somebody would who remembers what is in it.
import type { Api, Found } from './api.ts';
import type { Outcome } from './scenario.ts';
import type { Source } from './sources.ts';

const WORDS = 5;

export interface Searched {
  readonly phrase: string;
  /** The file that it is from; null: it was not found there. */
  readonly found: Found | null;
}

/** The first words of the comment at the top of a source. */
function phraseOf({ bytes }: Pick<Source, 'bytes'>): string | null {
  const [, comment = ''] = /^\/\/ (.+)$/m.exec(bytes.toString('latin1')) ?? [];
  const words = comment.match(/[A-Za-z]+/g)?.slice(0, WORDS) ?? [];
  return words.length === WORDS && comment.startsWith(words.join(' ')) ? words.join(' ') : null;
}

/** @throws Error if no file has such a comment */
export async function searchForPhrase(
  api: Api,
  sources: readonly Source[],
  outcomes: readonly Outcome[],
): Promise<Searched> {
  for (const source of sources) {
    const phrase = phraseOf(source);
    const outcome = outcomes.find(({ name }) => name === source.name);
    // Nobody has read the file that this program has processed.
    if (phrase === null || outcome === undefined || outcome.isByHand) continue;
    const found = await api.search(`"${phrase}"`);
    return { phrase, found: found.find(({ id }) => id === outcome.fileId) ?? null };
  }
  throw new Error('none of the files begins with a comment of five plain words');
}
