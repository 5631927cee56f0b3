// What many replicas ask of the database for each change, and in a second without any, by how they signal to each other: LISTEN
// and NOTIFY, after which each reads what is new, or NATS, which brings it.
import { setTimeout as delay } from 'node:timers/promises';
import { NatsServer, hasNats } from '../../test/support/nats-server.ts';
import type { Bench, Figure, Report } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import { figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { quantile } from '../measure/statistics.ts';
import { Worker } from '../workers/worker.ts';
import type { PollerCalls, Taken } from './pollers.ts';

const PROCESSES = 5;
const POLLERS = 50;
/** Changes a second. */
const PACES = [10, 100] as const;
/** Each at least three polls long. */
const SECONDS = 6;

interface Sample {
  readonly idle: number;
  /** By pace. */
  readonly paced: readonly Paced[];
}

interface Paced {
  /** Statements of all replicas, without those by which the changes were written. */
  readonly perSecond: number;
  readonly perChange: number;
  /** From a commit until the last of the replicas has the change; milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

class Side implements AsyncDisposable {
  readonly #workers = Array.from({ length: PROCESSES }, () => new Worker<PollerCalls>('notify/pollers.ts'));
  readonly #seconds: number;
  #files = 1;

  private constructor(seconds: number) {
    this.#seconds = seconds;
  }

  static async start({ url }: Database, nats: string | null, seconds: number): Promise<Side> {
    const side = new Side(seconds);
    const pollers = POLLERS / PROCESSES;
    for (const worker of side.#workers) await worker.call('start', { url, pollers, nats });
    return side;
  }

  async run(): Promise<Sample> {
    const idle = await this.#runIdle();
    const paced: Paced[] = [];
    for (const pace of PACES) paced.push(await this.#runPaced(pace));
    return { idle, paced };
  }

  async #runIdle(): Promise<number> {
    await this.#take();
    const start = performance.now();
    await delay(this.#seconds * 1_000);
    const taken = await this.#take();
    return sum(taken.map(({ statements }) => statements)) / ((performance.now() - start) / 1_000);
  }

  async #runPaced(pace: number): Promise<Paced> {
    const each = Math.round((pace * this.#seconds) / PROCESSES);
    await this.#take();
    const start = performance.now();
    const making = this.#workers.map((worker) => {
      const changes = { first: this.#files, count: each, perSecond: pace / PROCESSES };
      this.#files += each;
      return worker.call('makeChanges', changes);
    });
    await Promise.all(making);
    const made = each * PROCESSES;
    for (const worker of this.#workers) await worker.call('awaitAll', made);
    const seconds = (performance.now() - start) / 1_000;
    const taken = await this.#take();
    if (sum(taken.map(({ deliveries }) => deliveries)) !== made * POLLERS) throw new Error('a change came twice');
    const statements = sum(taken.map((one) => one.statements)) - made;
    const lateness = latenessOf(taken);
    return {
      perSecond: statements / seconds,
      perChange: statements / made,
      p50: quantile(lateness, 0.5),
      p99: quantile(lateness, 0.99),
    };
  }

  #take(): Promise<Taken[]> {
    return Promise.all(this.#workers.map((worker) => worker.call('take')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) await worker[Symbol.asyncDispose]();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function latenessOf(taken: readonly Taken[]): number[] {
  const committed = taken.flatMap((each) => [...each.committed]);
  return committed.map(([file, at]) => Math.max(...taken.map(({ received }) => received.get(file) ?? Infinity)) - at);
}

const BASELINE = 'LISTEN';

function compare(
  what: string,
  unit: string,
  samples: { readonly subject: readonly Sample[]; readonly baseline: readonly Sample[] },
  valueOf: (sample: Sample) => number,
): Figure {
  return figureOf({
    what,
    unit,
    subject: samples.subject.map(valueOf),
    baseline: { name: BASELINE, samples: samples.baseline.map(valueOf) },
  });
}

async function measure(testbed: Testbed): Promise<Report> {
  if (!hasNats) throw new Error("Debian's package nats-server is not installed");
  await using stack = new AsyncDisposableStack();
  const nats = await NatsServer.start();
  stack.defer(() => nats.kill());
  const seconds = testbed.quick ? SECONDS / 2 : SECONDS;
  const [over, listen] = [
    stack.use(await testbed.createDatabase('notify_nats')),
    stack.use(await testbed.createDatabase('notify_listen')),
  ];
  const subject = stack.use(await Side.start(over, nats.url, seconds));
  const baseline = stack.use(await Side.start(listen, null, seconds));
  const samples = await takeTurns<'subject' | 'baseline', Sample>(testbed, {
    subject: () => subject.run(),
    baseline: () => baseline.run(),
  });
  const figures = PACES.flatMap((pace, at) => [
    compare(
      `${pace} changes a second: statements a change`,
      'statements',
      samples,
      ({ paced }) => paced[at]!.perChange,
    ),
    compare(`${pace} changes a second: statements a second`, '1/s', samples, ({ paced }) => paced[at]!.perSecond),
    compare(`${pace} changes a second: commit to the last replica, p50`, 'ms', samples, ({ paced }) => paced[at]!.p50),
    compare(`${pace} changes a second: commit to the last replica, p99`, 'ms', samples, ({ paced }) => paced[at]!.p99),
  ]);
  return {
    figures: [compare('no changes: statements a second', '1/s', samples, ({ idle }) => idle), ...figures],
    curves: [],
    notes: [
      `${POLLERS} replicas in ${PROCESSES} processes, each with its own connections, over one database; the statements of all of them, without those by which changes are written. Over NATS against LISTEN.`,
      'Giving positions is six statements in one round trip, shared by changes that are committed at the same time.',
    ],
  };
}

export const notify: Bench = { name: 'notify', title: 'Signals between replicas', measure };
