// Many transitions per request, four clients, against the same transaction run by pgbench.
import type { Bench, Curve, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { LoadCalls } from '../http/load.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { type Summary, summarise } from '../measure/statistics.ts';
import { Worker } from '../workers/worker.ts';
import { Baseline } from './baseline.ts';
import { registerFiles } from './files.ts';
import { Mover } from './mover.ts';

/** Transitions per request; each divides the size of a pool. */
const SIZES = [1, 10, 100, 500, 1_000] as const;
const JUDGED = 500;
const POOL_SIZE = 20_000;
const CLIENTS = 4;
const MANY = 32;
const UNIT = 'transitions/s';

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('bulk');
  const pools = SIZES.map((_size, at) => ({ first: 1 + at * POOL_SIZE, size: POOL_SIZE }));
  for (const pool of pools) await registerFiles(database, pool);
  await using waybill = await testbed.startWaybill(database);
  await using baseline = await Baseline.open(testbed);
  await using load = new Worker<LoadCalls>('http/load.ts');
  const processes = { Waybill: waybill.pid, PostgreSQL: testbed.postgresPid };
  const movers = SIZES.map(
    (bulk, at) =>
      new Mover({ load, url: waybill.url, database, pool: pools[at]!, connections: CLIENTS, bulk, processes }),
  );
  const turns = movers.map((mover, at) => [String(SIZES[at]), () => mover.run(testbed.seconds)] as const);
  const samples = await takeTurns(testbed, {
    ...Object.fromEntries(turns),
    baseline: () => baseline.run(MANY),
  });
  const costs = movers[SIZES.indexOf(JUDGED)]!.describeCost(`A transition, ${JUDGED} a request,`);
  return report(samples, `${baseline.name}, ${MANY} clients`, costs);
}

function report(samples: Readonly<Record<string, readonly number[]>>, name: string, costs: readonly string[]): Report {
  const many = samples['baseline'] ?? [];
  const sizes = SIZES.map((size) => ({ size, rates: samples[String(size)] ?? [] }));
  return {
    figures: sizes.map(({ size, rates }) =>
      figureOf({
        what: `transitionFiles, ${size} a request`,
        unit: UNIT,
        subject: rates,
        baseline: { name, samples: many },
        ...(size === JUDGED ? { target: atLeast(1.5, 3) } : {}),
      }),
    ),
    curves: [
      drawn(
        sizes.map(({ size, rates }) => ({ x: size, y: summarise(rates) })),
        name,
        summarise(many),
      ),
    ],
    notes: [...costs, `${CLIENTS} clients, each with one request at a time; every item of every answer was a success.`],
  };
}

function drawn(points: readonly { x: number; y: Summary }[], name: string, baseline: Summary): Curve {
  return {
    id: 'bulk',
    title: 'Transitions, many a request',
    x: { label: 'transitions a request', scale: 'log' },
    y: { label: UNIT, scale: 'log' },
    series: [
      { name: `transitionFiles, ${CLIENTS} clients`, role: 'subject', points },
      { name, role: 'baseline', points: points.map(({ x }) => ({ x, y: baseline })) },
    ],
  };
}

export const bulk: Bench = { name: 'bulk', title: 'Transitions over HTTP, many a request', measure };
