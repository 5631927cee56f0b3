// One change to many listeners, each with a socket of its own, against a bare `ws` server that sends the same bytes to as
// many sockets. The clock runs from sending the request to the last delivery, so Waybill's includes the commit and the
// place in the feed; deliveries a second is the number of listeners by that time.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import type { Waybill } from '../host/waybill.ts';
import { atLeast, figureOf } from '../measure/figure.ts';
import { CpuMeter } from '../measure/cpu-meter.ts';
import { takeTurns } from '../measure/rounds.ts';
import { summarise } from '../measure/statistics.ts';
import { tell } from '../output/numbers.ts';
import type { Pool } from '../transitions/cycle.ts';
import { registerFiles } from '../transitions/files.ts';
import { Worker } from '../workers/worker.ts';
import type { AudienceCalls, Delivery, Trigger } from './audience-worker.ts';
import type { BroadcastCalls } from './broadcast-server.ts';
import { awaitFollowers } from './followers.ts';

const COUNTS = [10, 100, 500, 1_000, 2_000, 5_000];
const QUICK_COUNTS = [10, 200];
const JUDGED = 2_000;
const POOL: Pool = { first: 1, size: 1_000 };
const UNIT = 'deliveries/s';

/** One side: a server, and the worker whose sockets listen to it. */
interface Side {
  readonly url: string;
  readonly audience: Worker<AudienceCalls>;
}

interface Point {
  readonly listeners: number;
  readonly waybill: readonly Delivery[];
  readonly bare: readonly Delivery[];
}

class Subject implements Side {
  readonly audience: Worker<AudienceCalls>;
  readonly #waybill: Waybill;
  #moves = 0;

  constructor(waybill: Waybill, audience: Worker<AudienceCalls>) {
    this.audience = audience;
    this.#waybill = waybill;
  }

  get url(): string {
    return this.#waybill.url;
  }

  async seat(listeners: number): Promise<void> {
    const sockets = listeners - (await this.audience.call('size'));
    const wish = { kind: 'every change', perSocket: 1 } as const;
    await this.audience.call('seat', { url: `${this.url}/graphql`, sockets, wish });
    await awaitFollowers(this.#waybill, listeners);
  }

  async deliver(seconds: number, meter: CpuMeter): Promise<Delivery> {
    const plan = { kind: 'transitions', pool: POOL, from: this.#moves, bulk: null } as const;
    const trigger: Trigger = { kind: 'transition', url: this.url, plan };
    const delivery = await meter.during(
      () => this.audience.call('deliver', { trigger, seconds }),
      ({ messages }) => messages,
    );
    this.#moves = delivery.moves;
    return delivery;
  }
}

async function measure(testbed: Testbed): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await testbed.createDatabase('listeners'));
  await registerFiles(database, POOL);
  const waybill = stack.use(await testbed.startWaybill(database));
  const server = stack.use(new Worker<BroadcastCalls>('feed/broadcast-server.ts'));
  const openAudience = (): Worker<AudienceCalls> => stack.use(new Worker('feed/audience-worker.ts'));
  const subject = new Subject(waybill, openAudience());
  const bare: Side = { url: await server.call('start'), audience: openAudience() };

  const points: Point[] = [];
  let meter = new CpuMeter({});
  for (const listeners of testbed.quick ? QUICK_COUNTS : COUNTS) {
    await subject.seat(listeners);
    const sockets = listeners - (await bare.audience.call('size'));
    await bare.audience.call('seat', { url: bare.url, sockets, wish: { kind: 'anything' } });
    meter = new CpuMeter({ Waybill: waybill.pid });
    await subject.deliver(0, new CpuMeter({}));
    await server.call('prepare', await subject.audience.call('last'));
    const trigger: Trigger = { kind: 'word', url: bare.url, path: '/' };
    const seconds = testbed.seconds / 2;
    const samples = await takeTurns(testbed, {
      waybill: () => subject.deliver(seconds, meter),
      bare: () => bare.audience.call('deliver', { trigger, seconds }),
    });
    points.push({ listeners, ...samples });
  }
  const bytes = (await subject.audience.call('last')).length;
  return report(points, bytes, meter.describe(`A delivery, one of ${points.at(-1)!.listeners},`));
}

const rateOf = ({ messages, seconds }: Delivery): number => messages / seconds;

function report(points: readonly Point[], bytes: number, costs: readonly string[]): Report {
  const figures = points.map(({ listeners, waybill, bare }) =>
    figureOf({
      what: `one change to ${listeners} listeners`,
      unit: UNIT,
      subject: waybill.map(rateOf),
      baseline: { name: 'bare ws', samples: bare.map(rateOf) },
      ...(listeners === JUDGED ? { target: atLeast(0.4, 0.8) } : {}),
    }),
  );
  const lineOf = (side: 'waybill' | 'bare') =>
    points.map((point) => ({ x: point.listeners, y: summarise(point[side].map(rateOf)) }));
  const last = points.at(-1)!;
  const hearing = summarise(last.bare.map(({ cpuSeconds, messages }) => (cpuSeconds / messages) * 1e6));
  return {
    figures,
    curves: [
      {
        id: 'listeners',
        title: 'One change to many listeners',
        x: { label: 'listeners of fileChanges, a socket each', scale: 'log' },
        y: { label: UNIT, scale: 'log' },
        series: [
          { name: 'Waybill', role: 'subject', points: lineOf('waybill') },
          { name: 'bare ws, the same bytes', role: 'baseline', points: lineOf('bare') },
        ],
      },
    ],
    notes: [
      ...costs,
      `One change at a time, ${bytes} bytes to each listener. Every listener heard every change once.`,
      `Hearing costs the listeners' process ${tell(hearing.median)} µs of a core a message on both sides.`,
    ],
  };
}

export const listeners: Bench = { name: 'listeners', title: 'One change to many listeners', measure };
