// The same load with a subscriber for every file and with none. Each subscriber has a socket of its own; the round ends
// when all changes have been received.
import type { Bench, Report } from '../bench.ts';
import type { SubscriberCalls } from '../feed/subscriber-worker.ts';
import { awaitFollowers } from '../feed/followers.ts';
import type { Testbed } from '../host/testbed.ts';
import type { Waybill } from '../host/waybill.ts';
import type { LoadCalls } from '../http/load.ts';
import { CpuMeter } from '../measure/cpu-meter.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { Worker } from '../workers/worker.ts';
import type { Pool } from './cycle.ts';
import { registerFiles } from './files.ts';
import { Mover } from './mover.ts';

const POOL: Pool = { first: 1, size: 2_000 };
const CLIENTS = 200;

/** @returns transitions a second */
type Run = (meter: CpuMeter, after?: (moves: number) => Promise<void>) => Promise<number>;

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('watched');
  await registerFiles(database, POOL);
  await using waybill = await testbed.startWaybill(database);
  await using load = new Worker<LoadCalls>('http/load.ts');
  await using group = new Worker<SubscriberCalls>('feed/subscriber-worker.ts');
  const mover = new Mover({ load, url: waybill.url, database, pool: POOL, connections: CLIENTS, bulk: null });
  const processes = { Waybill: waybill.pid, PostgreSQL: testbed.postgresPid, 'the subscribers': group.pid };
  const [costAlone, costWatched] = [new CpuMeter(processes), new CpuMeter(processes)];
  const run: Run = (meter, after) =>
    meter.during(
      () => mover.run(testbed.seconds, after),
      () => mover.lastMoves,
    );
  const samples = await takeTurns(testbed, {
    alone: () => run(costAlone),
    watched: () => runWatched(waybill, group, (after) => run(costWatched, after)),
  });
  return {
    figures: [
      figureOf({
        what: 'transitionFile, 200 clients, a subscriber on every file',
        unit: 'transitions/s',
        subject: samples.watched,
        baseline: { name: 'without subscribers', samples: samples.alone },
        target: atLeast(0.85, 0.95),
      }),
    ],
    curves: [],
    notes: [
      ...costAlone.describe('Without subscribers a transition'),
      ...costWatched.describe('With a subscriber on every file a transition'),
      `${POOL.size} files and as many subscribers (fileChanges with the id), a socket each. A round with them is over when ` +
        'the last change has been received; every change was received once.',
    ],
  };
}

async function runWatched(
  waybill: Waybill,
  group: Worker<SubscriberCalls>,
  run: (after: (moves: number) => Promise<void>) => Promise<number>,
): Promise<number> {
  const scope = { kind: 'one file', first: POOL.first } as const;
  await group.call('add', { url: `${waybill.url}/graphql`, sockets: POOL.size, scope });
  await awaitFollowers(waybill, POOL.size);
  const rate = await run((moves) => group.call('until', moves));
  await group.call('leave');
  await awaitFollowers(waybill, 0);
  return rate;
}

export const watched: Bench = { name: 'watched', title: 'A subscriber on every file', measure };
