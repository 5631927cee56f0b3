// Reads over HTTP against PostGraphile, which makes one statement of an operation: on the same database, at the same time.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { LoadCalls } from '../http/load.ts';
import type { Peer } from '../http/requests.ts';
import { CpuMeter } from '../measure/cpu-meter.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { PEER, PostGraphile } from '../peers/postgraphile.ts';
import { fillLog } from '../transitions/fill-log.ts';
import { Worker } from '../workers/worker.ts';
import { LIST_100, LIST_20, ONE, type Question, TRANSITIONS, planOf } from './questions.ts';

const CLIENTS = 50;
/** Of the log: 10,000 files, each with three transitions. */
const ROWS = 40_000;

const QUESTIONS = [
  { question: ONE, target: atLeast(0.9, 1.2) },
  { question: LIST_20, target: atLeast(0.8, 1.2) },
  { question: LIST_100, target: atLeast(0.8, 1.2) },
  { question: TRANSITIONS },
];

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('reads');
  const { newest: pool } = await fillLog(database, ROWS);
  await using waybill = await testbed.startWaybill(database);
  await using peer = await PostGraphile.start(testbed, database);
  await using load = new Worker<LoadCalls>('http/load.ts');

  const sides = { Waybill: waybill, PostGraphile: peer };
  const askerOf = (question: Question, name: Peer) => {
    const { url, pid } = sides[name];
    const meter = new CpuMeter({ [name]: pid, PostgreSQL: testbed.postgresPid });
    const plan = planOf(question, name, pool);
    const ask = async (): Promise<number> => {
      const { answered, seconds } = await meter.during(
        () => load.call('run', { url, connections: CLIENTS, seconds: testbed.seconds, plan }),
        (result) => result.answered,
      );
      return answered / seconds;
    };
    return { ask, meter };
  };

  const figures = [];
  const notes = [];
  for (const { question, ...target } of QUESTIONS) {
    const own = askerOf(question, 'Waybill');
    const other = askerOf(question, PEER);
    const { subject, baseline } = await takeTurns(testbed, { subject: own.ask, baseline: other.ask });
    const what = `${question.what}, ${CLIENTS} clients`;
    figures.push(
      figureOf({ what, unit: 'requests/s', subject, baseline: { name: PEER, samples: baseline }, ...target }),
    );
    notes.push(
      ...own.meter.describe(`For Waybill, ${question.what}`),
      ...other.meter.describe(`For ${PEER}, ${question.what}`),
    );
  }
  return { figures, curves: [], notes };
}

export const reads: Bench = { name: 'reads', title: 'Reads over HTTP', measure };
