// Streams that are behind share the pages that are read for them, and each gets just what it would have read by itself.
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPool } from '../../../src/db/pool.ts';
import { asService } from '../../../src/db/scope.ts';
import { type CaughtUp, CatchUps } from '../../../src/feed/delivery/catch-ups.ts';
import { LOGGED_CHANGES } from '../../../src/feed/change.ts';
import { Pages } from '../../../src/feed/log/pages.ts';
import { type Place, placeOf } from '../../../src/feed/place.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { newFile, transition } from '../../support/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { until } from '../../support/until.ts';

const FILES = 60;

let database: TestDatabase;
let waybill: Instance;
let pool: ReturnType<typeof openPool>;
let places: Place[];
beforeAll(async () => {
  database = await createDatabase();
  waybill = await startInstance({ database });
  const ids = await Promise.all(Array.from({ length: FILES }, (_, at) => newFile(waybill.url, { name: `file ${at}` })));
  await Promise.all(ids.map((id) => transition(waybill.url, id, 'START_UPLOAD')));
  pool = openPool({ url: database.url, name: 'test', max: 4 });
  const rows = await until(
    () =>
      database.query<{ position: string; fingerprint: number }>(
        'select position, fingerprint from feed_position order by position',
      ),
    ({ length }) => length === 1 + 2 * FILES, // the place before the first change too
  );
  places = rows.map(({ position, fingerprint }) => ({ position: Number(position), fingerprint }));
});
afterAll(async () => {
  await pool.end();
  await waybill.stop();
  await database.drop();
});

const ALL = { tenant: 'local', filter: LOGGED_CHANGES };
/** None of these streams is of single files. */
const files = { read: () => Promise.reject(new Error('not asked')) };

const open = (maxBytes: number): { pages: Pages; catchUps: CatchUps } => {
  const pages = new Pages(pool, pino({ level: 'silent' }));
  return { pages, catchUps: new CatchUps({ pages, files }, { head: places.at(-1)!.position }, maxBytes) };
};

/** To the end of the log, as a stream reads. */
async function readAll(catchUps: CatchUps, tenant: string, start: Place): Promise<number[]> {
  const seen: number[] = [];
  for (let place = start; ;) {
    const { changes }: CaughtUp = await asService(() => catchUps.read({ ...ALL, tenant }, place));
    if (changes.length === 0) return seen;
    seen.push(...changes.map(({ position }) => position));
    place = placeOf(changes.at(-1)!);
  }
}

it.each([
  ['with room for all pages', 2 ** 24],
  ['with room for none', 1],
])('%s, each of many gets every change after its place, once and in order', async (_what, maxBytes) => {
  const { catchUps } = open(maxBytes);
  const starts = Array.from({ length: 200 }, (_unused, at) => places[(at * 7) % places.length]!);
  const read = await Promise.all(starts.map((start, at) => readAll(catchUps, `tenant ${at % 5}`, start)));
  for (const [at, start] of starts.entries()) {
    const after = places.filter(({ position }) => position > start.position).map(({ position }) => position);
    expect(read[at], `after ${start.position}`).toEqual(after);
  }
  expect(catchUps.waiting).toBe(0);
});

it('those at one place read it once, and neighbours read along', async () => {
  const { catchUps } = open(2 ** 24);
  const [first, second, third] = places as [Place, Place, Place];
  const starts = Array.from({ length: 100 }, (_unused, at) => [first, second, third][at % 3]!);
  const reads = await Promise.all(starts.map((start) => asService(() => catchUps.read(ALL, start))));
  expect(catchUps.pagesRead).toBe(1);
  expect(reads.every(({ changes }) => changes.length > 0)).toBe(true);
});

it('a place of another log is not read along', async () => {
  const { catchUps } = open(2 ** 24);
  const [first, second] = places as [Place, Place];
  await asService(() => catchUps.read(ALL, first));
  const foreign = { ...second, fingerprint: second.fingerprint ^ 1 };
  await expect(asService(() => catchUps.read(ALL, foreign))).rejects.toMatchObject({ code: 'FEED_FORKED' });
});

it('what was read before the log was taken back is forgotten, also what is still being read then', async () => {
  const pages = new Pages(pool, pino({ level: 'silent' }));
  const [first] = places as [Place];
  let answer!: () => void;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const begun = Promise.withResolvers<void>();
  const slow = { read: async (after: Place) => (begun.resolve(), await held, await pages.read(after)) };
  const catchUps = new CatchUps({ pages: slow, files }, { head: places.at(-1)!.position }, 2 ** 24);
  const reading = asService(() => catchUps.read(ALL, first));
  await begun.promise;
  catchUps.clear();
  answer();
  await reading;
  await asService(() => catchUps.read(ALL, first));
  expect(catchUps.pagesRead).toBe(2);
  await asService(() => catchUps.read(ALL, first));
  expect(catchUps.pagesRead).toBe(2);
  catchUps.clear();
  await asService(() => catchUps.read(ALL, first));
  expect(catchUps.pagesRead).toBe(3);
});

it('a page that is ahead of the ring buffer is not kept', async () => {
  const pages = new Pages(pool, pino({ level: 'silent' }));
  const [first] = places as [Place];
  const catchUps = new CatchUps({ pages, files }, { head: first.position }, 2 ** 24);
  for (const read of [1, 2]) {
    await asService(() => catchUps.read(ALL, first));
    expect(catchUps.pagesRead).toBe(read);
  }
});
