// The statements that a search sends, with their values: written down while it runs, for the bare side to send them again.
import pg from 'pg';
import { createOrm } from '../../src/db/orm.ts';
import { FileSearch } from '../../src/search/search.ts';
import type { Sent } from './searcher.ts';

const ALL = {
  states: null,
  nameContains: null,
  metadata: null,
  contentTypes: null,
  createdAfter: null,
  createdBefore: null,
};

/** What opens and closes the transaction, and sets the planner: the bare side does without. */
const AROUND = /^(?:begin|commit|select set_config)/;
/** Finds and ranks, and reads the files (src/search/found-files.ts). */
const MAIN = 'waybill_search';

export interface Recorded {
  /** Files of the first page. */
  readonly found: number;
  /** The one statement that finds, ranks and reads the files of a page, without pieces of their texts. */
  readonly main: Sent;
  /** All that a search with snippets sends. */
  readonly all: readonly Sent[];
}

type Query = (this: pg.Client, ...args: unknown[]) => unknown;

/** Has every connection of this process tell what it sends. Call what it returns to end that. */
function listen(onSent: (config: Partial<Sent>) => void): () => void {
  const original = Object.getOwnPropertyDescriptor(pg.Client.prototype, 'query')!;
  const send = original.value as Query;
  const query: Query = function query(...args) {
    onSent(args[0] as Partial<Sent>);
    return Reflect.apply(send, this, args);
  };
  Object.defineProperty(pg.Client.prototype, 'query', { ...original, value: query });
  return () => void Object.defineProperty(pg.Client.prototype, 'query', original);
}

export async function recordSearch(url: string, query: string, first: number): Promise<Recorded> {
  const plain = await record(url, query, first, 0);
  const main = plain.statements.find(({ name }) => name === MAIN);
  if (main === undefined) throw new Error(`a search sends no statement ${MAIN}`);
  const { found, statements } = await record(url, query, first, first);
  return { found: Math.min(first, found), main, all: statements };
}

async function record(
  url: string,
  query: string,
  first: number,
  snippetsOf: number,
): Promise<{ readonly found: number; readonly statements: readonly Sent[] }> {
  const statements: Sent[] = [];
  const stop = listen(({ name, text: sent, values = [] }) => {
    const text = sent?.trim() ?? '';
    if (text === '' || AROUND.test(text)) return;
    statements.push({ name: name ?? `bare ${statements.length}`, text, values });
  });
  const orm = createOrm({ url, name: 'bench-record', max: 1 });
  try {
    // As the schema does it: one more, to know whether there is a next page.
    const page = { after: null, limit: first + 1, snippetsOf, json: new Set<never>() };
    const found = await new FileSearch(orm).find('local', query, ALL, page);
    return { found: found.length, statements };
  } finally {
    stop();
    await orm.close();
  }
}
