// The five most wanted searches in a corpus of generated documents, over HTTP: against the one statement that finds, ranks and
// reads the files, and with snippets against all statements of it, both sent over a bare connection. What the way through
// GraphQL and the program adds to the slowest of twenty.
import { foldName } from '../../src/search/fold.ts';
import type { Bench, Figure, Report, Target } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import type { Waybill } from '../host/waybill.ts';
import { CpuMeter } from '../measure/cpu-meter.ts';
import { figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { tell } from '../output/numbers.ts';
import { Worker } from '../workers/worker.ts';
import { FILES, TEXTS, createDocument, wordOf } from './corpus.ts';
import type { SearcherCalls, Sent, Taken } from './searcher.ts';
import { recordSearch } from './statements.ts';

const DOCUMENTS = 10_000;
const QUICK_DOCUMENTS = 500;
const AT_ONCE = 500;
const PAGE = 20;
const TARGET: Target = { of: 'ratio', wanted: 'at most', bar: 1.3, aim: 1.15 };

/** Words by their rank: the 200th comes in one document of six, the 20th in two of three. */
const SEARCHES = {
  'one word': wordOf(200),
  'two words': `${wordOf(50)} ${wordOf(120)}`,
  'a phrase': `"${wordOf(20)} ${wordOf(3)}"`,
  'a word without another': `${wordOf(80)} -${wordOf(5)}`,
  'a part of a name': wordOf(300).slice(0, -1),
};

const queryOf = (more: string): string => `query S($query: String!) { searchFiles(query: $query, first: ${PAGE}) {
  edges { rank node { id name state } ${more} } pageInfo { hasNextPage endCursor } } }`;
const PLAIN = queryOf('');
const WITH_SNIPPETS = queryOf('snippets { text hits { start end } }');

async function fill(database: Database, documents: number): Promise<void> {
  for (let first = 1; first <= documents; first += AT_ONCE) {
    const all = Array.from({ length: AT_ONCE }, (_, at) => createDocument(first + at));
    const numbers = all.map(({ number }) => number);
    await database.query(FILES, [numbers, all.map(({ name }) => name)]);
    await database.query(TEXTS, [numbers, all.map(({ name }) => foldName(name)), all.map(({ text }) => text)]);
  }
  await database.query(`insert into file_count (tenant, state, files) values ('local', 'INDEXED', $1)`, [documents]);
  await database.query('vacuum (analyze) file, file_attributes, file_text');
  await database.query('checkpoint');
}

const SIZES = `select avg(octet_length(text))::float8 as text, pg_table_size('file_text') as texts,
  pg_indexes_size('file_text') as indexes, count(*)::int as documents from file_text`;

async function describeSize(database: Database): Promise<string> {
  const [size] = await database.query<{ text: number; texts: string; indexes: string; documents: number }>(SIZES);
  const { text, texts, indexes, documents } = size!;
  return (
    `A document of ${tell(text)} bytes of text takes ${tell(Number(texts) / documents)} bytes in the table, text and ` +
    `words, and ${tell(Number(indexes) / documents)} in its indexes.`
  );
}

async function p95Of(meter: CpuMeter, search: () => Promise<Taken>): Promise<number> {
  return (await meter.during(search, ({ searches }) => searches)).p95;
}

interface Place {
  readonly testbed: Testbed;
  readonly database: Database;
  readonly waybill: Waybill;
  readonly searcher: Worker<SearcherCalls>;
}

async function measureOne(
  { testbed, database, waybill, searcher }: Place,
  name: string,
  query: string,
): Promise<{ readonly figures: Figure[]; readonly costs: string[] }> {
  const seconds = testbed.seconds / 2;
  const meter = new CpuMeter({ Waybill: waybill.pid, PostgreSQL: testbed.postgresPid });
  const { found, main, all } = await recordSearch(database.url, query, PAGE);
  const ask = (document: string): Promise<Taken> => {
    const body = JSON.stringify({ query: document, variables: { query } });
    return searcher.call('overHttp', { url: waybill.url, seconds, body, found });
  };
  const send = async (statements: readonly Sent[]): Promise<number> =>
    (await searcher.call('overSql', { url: database.url, seconds, statements })).p95;
  const samples = await takeTurns(testbed, {
    plain: async () => (await ask(PLAIN)).p95,
    main: () => send([main]),
    snippets: () => p95Of(meter, () => ask(WITH_SNIPPETS)),
    all: () => send(all),
  });
  const figure = (what: string, subject: readonly number[], bare: string, baseline: readonly number[]): Figure => {
    const sides = { subject, baseline: { name: `${bare}, bare`, samples: baseline } };
    return figureOf({ what: `${what}, p95`, unit: 'ms', ...sides, target: TARGET });
  };
  const figures = [
    figure(name, samples.plain, 'main statement', samples.main),
    figure(`${name}, with snippets`, samples.snippets, `${all.length} statements`, samples.all),
  ];
  return { figures, costs: meter.describe(`A search for ${name}, with snippets,`) };
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('search');
  const documents = testbed.quick ? QUICK_DOCUMENTS : DOCUMENTS;
  testbed.note(`  writing ${documents} documents ...`);
  await fill(database, documents);
  await using waybill = await testbed.startWaybill(database);
  await using searcher = new Worker<SearcherCalls>('search/searcher.ts');
  const figures: Figure[] = [];
  const costs: string[] = [];
  for (const [name, query] of Object.entries(SEARCHES)) {
    const measured = await measureOne({ testbed, database, waybill, searcher }, name, query);
    figures.push(...measured.figures);
    costs.push(...measured.costs);
  }
  const notes = [
    ...costs,
    `${documents} documents of 200 to 800 words; pages of ${PAGE}; one search at a time.`,
    'The main statement finds by texts, ranks and reads the files. It is compared with a search without snippets, which ' +
      'also looks for names: a statement of its own, and for a part of a name most of the work.',
    'The bare side sends prepared statements over one connection, without a transaction around them.',
    await describeSize(database),
  ];
  return { figures, curves: [], notes };
}

export const search: Bench = { name: 'search', title: 'Searches', measure };
