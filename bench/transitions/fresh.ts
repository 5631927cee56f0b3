// Is a new instance slow at first? The first ten seconds of a program on a database that nobody has analysed, against the ten
// seconds that follow: nothing is compiled, cached or planned yet. Each round has a database and a program of its own.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { LoadCalls } from '../http/load.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { Worker } from '../workers/worker.ts';
import type { Pool } from './cycle.ts';
import { fillFiles } from './files.ts';
import { Mover } from './mover.ts';

const SECONDS = 10;
const QUICK_SECONDS = 2;
const CLIENTS = 50;
const POOL: Pool = { first: 1, size: 10_000 };

/** @returns transitions a second, at first and then */
async function runFresh(testbed: Testbed, round: number): Promise<{ first: number; rest: number }> {
  const seconds = testbed.quick ? QUICK_SECONDS : SECONDS;
  await using database = await testbed.createDatabase(`fresh_${round}`);
  await fillFiles(database, POOL);
  await using waybill = await testbed.startWaybill(database);
  await using load = new Worker<LoadCalls>('http/load.ts');
  const mover = new Mover({ load, url: waybill.url, database, pool: POOL, connections: CLIENTS, bulk: null });
  const first = await mover.run(seconds);
  return { first, rest: await mover.run(seconds) };
}

async function measure(testbed: Testbed): Promise<Report> {
  const rounds = [];
  for (let round = 1; round <= testbed.rounds; round += 1) {
    rounds.push(await testbed.quiet.during(() => runFresh(testbed, round)));
  }
  return {
    figures: [
      figureOf({
        what: `transitionFile, ${CLIENTS} clients, at first`,
        unit: 'transitions/s',
        subject: rounds.map(({ first }) => first),
        baseline: { name: 'from then on', samples: rounds.map(({ rest }) => rest) },
        target: atLeast(0.9, 1),
      }),
    ],
    curves: [],
    notes: [`${SECONDS} s each, from the first request of a program on a database without statistics.`],
  };
}

export const fresh: Bench = { name: 'fresh', title: 'The first seconds on a new database', measure };
