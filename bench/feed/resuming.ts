// How long a change waits for its position while 3,000 subscribers resume at once, as after a restart: each has 40,000 changes to
// read through, of which none is for it. Against the same without them. Both instants are the server's (track_commit_timestamp).
import { setTimeout as delay } from 'node:timers/promises';
import { encodeCursor } from '../../src/feed/cursor.ts';
import type { Bench, Report } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import { Connection } from '../http/connection.ts';
import { createSource } from '../http/requests.ts';
import { requireSuccess } from '../http/responses.ts';
import { figureOf, timesAtMost } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { quantile } from '../measure/statistics.ts';
import { type FilledLog, fillLog } from '../transitions/fill-log.ts';
import { awaitSequenced } from '../transitions/files.ts';
import { Worker } from '../workers/worker.ts';
import { awaitFollowers } from './followers.ts';
import type { SubscriberCalls } from './subscriber-worker.ts';

const SUBSCRIBERS = 3_000;
const QUICK_SUBSCRIBERS = 300;
const ROWS = 100_000;
const BEHIND = 40_000;
const CHANGES = 250;
const PER_SECOND = 50;

/** Milliseconds from the commit of a change to that of its position. */
interface Waits {
  readonly p50: number;
  readonly p99: number;
}

const PLACE = `select feed_id, position::int, fingerprint from feed_head, feed_position where position = $1`;
const LAST = 'select max(id)::int as id from file_change';
const WAITS = `
  select (extract(epoch from pg_xact_commit_timestamp(place.xmin) - pg_xact_commit_timestamp(change.xmin)) * 1e3)::float8 as ms
  from file_change as change join feed_position as place on place.log_id = change.id where change.id > $1`;

async function readCursor(database: Database, position: number): Promise<string> {
  const rows = await database.query<{ feed_id: string; position: number; fingerprint: number }>(PLACE, [position]);
  const { feed_id: feedId, ...place } = rows[0]!;
  return encodeCursor(feedId, place);
}

/** Moves files at a steady pace, and says how long their changes waited. */
function movingAt(url: URL, database: Database, log: FilledLog): () => Promise<Waits> {
  const source = createSource({ kind: 'transitions', pool: log.newest, from: log.from, bulk: null }, url.host);
  const next = source.connect();
  return async () => {
    const [last] = await database.query<{ id: number }>(LAST);
    const connection = await Connection.open(url);
    const start = performance.now();
    for (let sent = 0; sent < CHANGES; sent += 1) {
      await delay(Math.max(1, start + (sent * 1_000) / PER_SECOND - performance.now()));
      const { bytes, expect } = next();
      requireSuccess(await connection.ask(bytes), expect);
    }
    connection.close();
    await awaitSequenced(database);
    const waits = (await database.query<{ ms: number }>(WAITS, [last!.id])).map(({ ms }) => ms);
    if (waits.length !== CHANGES) throw new Error(`${waits.length} changes instead of ${CHANGES}`);
    return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) };
  };
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('resuming');
  const log = await fillLog(database, ROWS);
  await using waybill = await testbed.startWaybill(database);
  await using group = new Worker<SubscriberCalls>('feed/subscriber-worker.ts');
  const sockets = testbed.quick ? QUICK_SUBSCRIBERS : SUBSCRIBERS;
  const move = movingAt(new URL(waybill.url), database, log);
  const after = await readCursor(database, ROWS - BEHIND);
  const resume = async (): Promise<Waits> => {
    const subscribers = {
      url: `${waybill.url}/graphql`,
      sockets,
      scope: { kind: 'resuming', first: 1, after },
    } as const;
    const [waits] = await Promise.all([move(), group.call('add', subscribers)]);
    await awaitFollowers(waybill, sockets);
    await group.call('leave');
    await awaitFollowers(waybill, 0);
    return waits;
  };
  const samples = await takeTurns(testbed, { resuming: resume, alone: move });
  return {
    figures: (['p50', 'p99'] as const).map((of) =>
      figureOf({
        what: `from commit to position, ${sockets} resuming, ${of}`,
        unit: 'ms',
        subject: samples.resuming.map((waits) => waits[of]),
        baseline: { name: 'no subscribers', samples: samples.alone.map((waits) => waits[of]) },
        ...(of === 'p50' && { target: timesAtMost(3, 1.5) }),
      }),
    ),
    curves: [],
    notes: [
      `${CHANGES} transitions, ${PER_SECOND} a second, while the subscribers connect and read ${BEHIND.toLocaleString('en')} changes ` +
        'each, of which none is for them. They are all still there at the end: none was refused or ended.',
    ],
  };
}

export const resuming: Bench = { name: 'resuming', title: 'A change while thousands resume', measure };
