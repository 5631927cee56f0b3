// One transition per request, over HTTP, against PostGraphile with a function that does the same in the database
// (bench/peers/postgraphile/setup.sql). Each has its own database on the same server.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { LoadCalls } from '../http/load.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { PEER, PostGraphile } from '../peers/postgraphile.ts';
import { Worker } from '../workers/worker.ts';
import type { Pool } from './cycle.ts';
import { registerFiles } from './files.ts';
import { Mover } from './mover.ts';

const TARGETS = [
  { clients: 1, target: atLeast(0.7, 0.9) },
  { clients: 4, target: atLeast(0.9, 1.2) },
  { clients: 8, target: atLeast(1.2, 1.6) },
  { clients: 50, target: atLeast(2, 3) },
  { clients: 200, target: atLeast(3, 5) },
];
const FILES = 10_000;
const POOLS: readonly Pool[] = TARGETS.map((_, at) => ({ first: 1 + at * FILES, size: FILES }));

async function measure(testbed: Testbed): Promise<Report> {
  await using own = await testbed.createDatabase('transitions_own');
  await using its = await testbed.createDatabase('transitions_peer');
  for (const pool of POOLS) {
    await registerFiles(own, pool);
    await registerFiles(its, pool);
  }
  await using waybill = await testbed.startWaybill(own);
  await using peer = await PostGraphile.start(testbed, its);
  await using load = new Worker<LoadCalls>('http/load.ts');

  const { seconds, postgresPid } = testbed;
  const figures = [];
  const notes = [];
  for (const [at, { clients, target }] of TARGETS.entries()) {
    const common = { load, pool: POOLS[at]!, connections: clients, bulk: null };
    const ownProcesses = { Waybill: waybill.pid, PostgreSQL: postgresPid };
    const itsProcesses = { [PEER]: peer.pid, PostgreSQL: postgresPid };
    const mover = new Mover({ ...common, url: waybill.url, database: own, processes: ownProcesses });
    const other = new Mover({ ...common, url: peer.url, database: its, to: PEER, processes: itsProcesses });
    const { subject, baseline } = await takeTurns(testbed, {
      subject: () => mover.run(seconds),
      baseline: () => other.run(seconds),
    });
    const what = `transitionFile, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
    figures.push(
      figureOf({ what, unit: 'transitions/s', subject, baseline: { name: PEER, samples: baseline }, target }),
    );
    notes.push(...mover.describeCost(`${what}:`), ...other.describeCost(`${what}, ${PEER}:`));
  }
  return { figures, curves: [], notes };
}

export const transitionsPeer: Bench = {
  name: 'transitions-peer',
  title: 'Transitions over HTTP, against another GraphQL server',
  measure,
};
