// Does a long history make a transition slower? Programs over logs of 10^4 to 5x10^6 rows take turns on one PostgreSQL.
// Each moves the newest files, as in production; over the longest log also old ones that are far from each other.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { LoadCalls } from '../http/load.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { summarise } from '../measure/statistics.ts';
import { tellShort } from '../output/numbers.ts';
import { Worker } from '../workers/worker.ts';
import type { Pool } from './cycle.ts';
import { fillLog, trimLog } from './fill-log.ts';
import { Mover } from './mover.ts';

const SIZES = [10_000, 100_000, 1_000_000, 5_000_000];
const QUICK_SIZES = [10_000, 40_000];
const CLIENTS = 200;
const OLD = ', old files';
const UNIT = 'transitions/s';

/** A log, the program over it, and the files it moves. */
interface Side {
  readonly name: string;
  readonly rows: number;
  readonly mover: Mover;
  readonly run: () => Promise<number>;
}

async function measure(testbed: Testbed): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const load = stack.use(new Worker<LoadCalls>('http/load.ts'));
  const sizes = testbed.quick ? QUICK_SIZES : SIZES;
  testbed.note(`  filling logs of ${sizes.map(tellShort).join(', ')} rows ...`);
  const databases = [];
  for (const rows of sizes) databases.push(stack.use(await testbed.createDatabase(`log_of_${rows}`)));
  // In parallel, because the longest takes longer than all the others.
  const logs = await Promise.all(databases.map((database, at) => fillLog(database, sizes[at]!)));
  const sides: Side[] = [];
  for (const [at, database] of databases.entries()) {
    const waybill = stack.use(await testbed.startWaybill(database));
    const log = logs[at]!;
    const processes = { Waybill: waybill.pid, PostgreSQL: testbed.postgresPid };
    const sideOf = (name: string, pool: Pool): Side => {
      const common = { load, url: waybill.url, database, from: log.from, connections: CLIENTS, bulk: null, processes };
      const mover = new Mover({ ...common, pool });
      const run = async (): Promise<number> => {
        const rate = await mover.run(testbed.seconds);
        await trimLog(database, log);
        return rate;
      };
      return { name, rows: log.rows, mover, run };
    };
    sides.push(sideOf(`${tellShort(log.rows)} rows`, log.newest));
    if (at === databases.length - 1 && log.spread !== null) {
      sides.push(sideOf(`${tellShort(log.rows)} rows, old files`, log.spread));
    }
  }
  const samples = await takeTurns(testbed, Object.fromEntries(sides.map(({ name, run }) => [name, run])));
  return report(sides, samples);
}

function report(sides: readonly Side[], samples: Readonly<Record<string, readonly number[]>>): Report {
  const [smallest, ...larger] = sides as [Side, ...Side[]];
  const ratesOf = ({ name }: Side): readonly number[] => samples[name] ?? [];
  const isNewest = ({ name }: Side): boolean => !name.endsWith(OLD);
  return {
    figures: larger.map((side) =>
      figureOf({
        what: `transitionFile, ${side.name}`,
        unit: UNIT,
        subject: ratesOf(side),
        baseline: { name: smallest.name, samples: ratesOf(smallest) },
        ...(isNewest(side) && side.rows === SIZES.at(-1) ? { target: atLeast(0.9, 1) } : {}),
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
            points: sides.filter(isNewest).map((side) => ({ x: side.rows, y: summarise(ratesOf(side)) })),
          },
        ],
      },
    ],
    notes: [
      ...sides.flatMap(({ name, mover }) => mover.describeCost(`With ${name} a transition`)),
      'Four rows a file; 2,500 files are moved in every log, the newest. Old files are the worst case: far from each other, ' +
        'so that each is on pages of its own in the table and in every index.',
      'What a turn adds to the log is taken away after it.',
    ],
  };
}

export const logSize: Bench = { name: 'log-size', title: 'Transitions by length of the log', measure };
