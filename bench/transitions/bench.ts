// One transition per request, over HTTP, each for a file without other requests, against the same transaction run by
// pgbench.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { LoadCalls } from '../http/load.ts';
import type { NullServerCalls } from '../http/null-server.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { summarise } from '../measure/statistics.ts';
import { tell } from '../output/numbers.ts';
import { Worker } from '../workers/worker.ts';
import { Baseline } from './baseline.ts';
import type { Pool } from './cycle.ts';
import { registerFiles } from './files.ts';
import { Mover } from './mover.ts';

const POOL: Pool = { first: 1, size: 10_000 };
const UNIT = 'transitions/s';
const MANY = 32;

type Samples = Readonly<Record<'alone' | 'ten' | 'fifty' | 'crowd' | 'one' | 'many' | 'ceiling', readonly number[]>>;

/** An answer as the server gives it, for the null server. */
const ANSWER = JSON.stringify({
  data: {
    transitionFile: { __typename: 'TransitionFileSuccess', file: { id: 'file_…', state: 'UPLOADING', version: 1 } },
  },
});

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('transitions');
  // One pool for each number of clients: each runs through its cycle at its own pace.
  const pools = [0, 1, 2, 3].map((at) => ({ ...POOL, first: 1 + at * POOL.size }));
  for (const pool of pools) await registerFiles(database, pool);
  await using waybill = await testbed.startWaybill(database);
  await using baseline = await Baseline.open(testbed);
  await using load = new Worker<LoadCalls>('http/load.ts');
  await using nothing = new Worker<NullServerCalls>('http/null-server.ts');
  const nullUrl = await nothing.call('start', ANSWER);

  const processes = { Waybill: waybill.pid, PostgreSQL: testbed.postgresPid };
  const moverOf = (connections: number, at: number): Mover =>
    new Mover({ load, url: waybill.url, database, pool: pools[at]!, connections, bulk: null, processes });
  const [alone, ten, fifty, crowd] = [1, 10, 50, 200].map((clients, at) => moverOf(clients, at));
  const idle = new Mover({ load, url: nullUrl, database, pool: POOL, connections: 200, bulk: null });
  const { seconds } = testbed;
  const samples = await takeTurns(testbed, {
    alone: () => alone!.run(seconds),
    one: () => baseline.run(1),
    ten: () => ten!.run(seconds),
    fifty: () => fifty!.run(seconds),
    many: () => baseline.run(MANY),
    crowd: () => crowd!.run(seconds),
    ceiling: () => idle.run(seconds / 2),
  });
  const costs = [
    ...alone!.describeCost('A transition, 1 client,'),
    ...crowd!.describeCost('A transition, 200 clients,'),
  ];
  return report(samples, baseline.name, crowd!, costs);
}

function report(
  samples: Samples,
  baseline: string,
  { clientShare, feedLagSeconds }: Mover,
  costs: readonly string[],
): Report {
  const { alone, ten, fifty, crowd, one, many, ceiling } = samples;
  const againstMany = { name: `${baseline}, ${MANY} clients`, samples: many };
  const common = { unit: UNIT, baseline: againstMany };
  const points = Object.entries({ 1: alone, 10: ten, 50: fifty, 200: crowd });
  const flat = (name: string, values: readonly number[]) => ({
    name,
    role: 'baseline' as const,
    points: points.map(([x]) => ({ x: Number(x), y: summarise(values) })),
  });
  return {
    figures: [
      figureOf({
        what: 'transitionFile, 1 client',
        unit: UNIT,
        subject: alone,
        baseline: { name: `${baseline}, 1 client`, samples: one },
        target: atLeast(0.35, 0.6),
      }),
      figureOf({ what: 'transitionFile, 10 clients', subject: ten, ...common }),
      figureOf({ what: 'transitionFile, 50 clients', subject: fifty, ...common }),
      figureOf({ what: 'transitionFile, 200 clients', subject: crowd, ...common, target: atLeast(0.55, 1) }),
    ],
    curves: [
      {
        id: 'transitions',
        title: 'Transitions, one a request',
        x: { label: 'clients (connections, one request at a time each)', scale: 'log' },
        y: { label: UNIT, scale: 'linear' },
        series: [
          {
            name: 'transitionFile',
            role: 'subject',
            points: points.map(([x, y]) => ({ x: Number(x), y: summarise(y) })),
          },
          flat(`${baseline}, ${MANY} clients`, many),
          flat(`${baseline}, 1 client`, one),
        ],
      },
    ],
    notes: [
      ...costs,
      `The load generator took ${Math.round(clientShare * 100)} % of one core at 200 clients; against a server that ` +
        `answers without looking it reaches ${Math.round(summarise(ceiling).median)} requests a second.`,
      `The last change of a round with 200 clients was in the feed ${tell(feedLagSeconds)} s after its answer, at most.`,
    ],
  };
}

export const transitions: Bench = { name: 'transitions', title: 'Transitions over HTTP, one a request', measure };
