// Does a long history make a transition slower? Programs over logs of 10^4 to 5x10^6 rows take turns on one PostgreSQL;
// the files they move are spread over the whole of their log.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { LoadCalls } from '../http/load.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { summarise } from '../measure/statistics.ts';
import { tellShort } from '../output/numbers.ts';
import { Worker } from '../workers/worker.ts';
import { fillLog } from './fill-log.ts';
import { Mover } from './mover.ts';

const SIZES = [10_000, 100_000, 1_000_000, 5_000_000];
const QUICK_SIZES = [10_000, 40_000];
const CLIENTS = 200;
const UNIT = 'transitions/s';

async function measure(testbed: Testbed): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const load = stack.use(new Worker<LoadCalls>('http/load.ts'));
  const sizes = testbed.quick ? QUICK_SIZES : SIZES;
  testbed.note(`  filling logs of ${sizes.map(tellShort).join(', ')} rows ...`);
  const databases = [];
  for (const rows of sizes) databases.push(stack.use(await testbed.createDatabase(`log_of_${rows}`)));
  // Two cores: the large one takes longer than all the others together.
  const pools = await Promise.all(databases.map((database, at) => fillLog(database, sizes[at]!)));
  const movers = [];
  for (const [at, database] of databases.entries()) {
    const { url, pid } = stack.use(await testbed.startWaybill(database));
    const processes = { Waybill: pid, PostgreSQL: testbed.postgresPid };
    const { from, ...pool } = pools[at]!;
    movers.push(new Mover({ load, url, database, pool, from, connections: CLIENTS, bulk: null, processes }));
  }
  const turns = movers.map((mover, at) => [String(sizes[at]), () => mover.run(testbed.seconds)] as const);
  const samples = await takeTurns(testbed, Object.fromEntries(turns));
  const [counted] = await databases[0]!.query<{ rows: number }>('select count(*)::int as rows from file_change');
  return report(
    sizes.map((rows) => ({ rows, rates: samples[String(rows)] ?? [] })),
    counted?.rows ?? 0,
    movers.flatMap((mover, at) => mover.describeCost(`With ${tellShort(sizes[at]!)} rows a transition`)),
  );
}

interface Point {
  readonly rows: number;
  readonly rates: readonly number[];
}

function report(points: readonly Point[], rowsAtEnd: number, costs: readonly string[]): Report {
  const [smallest, ...larger] = points as [Point, ...Point[]];
  const baseline = { name: `${tellShort(smallest.rows)} rows`, samples: smallest.rates };
  const judged = larger.at(-1);
  return {
    figures: larger.map((point) =>
      figureOf({
        what: `transitionFile, ${tellShort(point.rows)} rows in the log`,
        unit: UNIT,
        subject: point.rates,
        baseline,
        ...(point === judged && point.rows === SIZES.at(-1) ? { target: atLeast(0.9, 1) } : {}),
      }),
    ),
    curves: [
      {
        id: 'log-size',
        title: 'Transitions by length of the log',
        x: { label: 'rows in the log', scale: 'log' },
        y: { label: UNIT, scale: 'linear' },
        series: [
          {
            name: `transitionFile, ${CLIENTS} clients`,
            role: 'subject',
            points: points.map(({ rows, rates }) => ({ x: rows, y: summarise(rates) })),
          },
        ],
      },
    ],
    notes: [
      ...costs,
      'Four rows a file. As many files are moved in every log, spread over the whole of it.',
      `Rows as the rounds began; they add what they write: the smallest log had ${tellShort(rowsAtEnd)} at the end.`,
    ],
  };
}

export const logSize: Bench = { name: 'log-size', title: 'Transitions by length of the log', measure };
