// One change to many subscribers, each with a socket of its own, against a bare `ws` server that sends the same bytes to as
// many sockets. The clock runs from sending the request to the last delivery, so Waybill's includes the commit and the
// position in the feed; deliveries per second are the number of subscribers divided by that time.
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
import type { SubscriberCalls, Delivery, Trigger } from './subscriber-worker.ts';
import type { BroadcastCalls } from './broadcast-server.ts';
import { awaitFollowers } from './followers.ts';

const COUNTS = [10, 100, 500, 1_000, 2_000, 5_000];
const QUICK_COUNTS = [10, 200];
const JUDGED = 2_000;
const POOL: Pool = { first: 1, size: 1_000 };
const UNIT = 'deliveries/s';

/** One side: a server, and the worker whose sockets subscribe to it. */
interface Side {
  readonly url: string;
  readonly group: Worker<SubscriberCalls>;
}

interface Point {
  readonly subscribers: number;
  readonly waybill: readonly Delivery[];
  readonly bare: readonly Delivery[];
}

class Subject implements Side {
  readonly group: Worker<SubscriberCalls>;
  readonly #waybill: Waybill;
  #moves = 0;

  constructor(waybill: Waybill, group: Worker<SubscriberCalls>) {
    this.group = group;
    this.#waybill = waybill;
  }

  get url(): string {
    return this.#waybill.url;
  }

  async add(subscribers: number): Promise<void> {
    const sockets = subscribers - (await this.group.call('size'));
    const scope = { kind: 'every change', perSocket: 1 } as const;
    await this.group.call('add', { url: `${this.url}/graphql`, sockets, scope });
    await awaitFollowers(this.#waybill, subscribers);
  }

  async deliver(seconds: number, meter: CpuMeter): Promise<Delivery> {
    const plan = { kind: 'transitions', pool: POOL, from: this.#moves, bulk: null } as const;
    const trigger: Trigger = { kind: 'transition', url: this.url, plan };
    const delivery = await meter.during(
      () => this.group.call('deliver', { trigger, seconds }),
      ({ messages }) => messages,
    );
    this.#moves = delivery.moves;
    return delivery;
  }
}

async function measure(testbed: Testbed): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await testbed.createDatabase('subscribers'));
  await registerFiles(database, POOL);
  const waybill = stack.use(await testbed.startWaybill(database));
  const server = stack.use(new Worker<BroadcastCalls>('feed/broadcast-server.ts'));
  const openGroup = (): Worker<SubscriberCalls> => stack.use(new Worker('feed/subscriber-worker.ts'));
  const subject = new Subject(waybill, openGroup());
  const bare: Side = { url: await server.call('start'), group: openGroup() };

  const points: Point[] = [];
  let meter = new CpuMeter({});
  for (const subscribers of testbed.quick ? QUICK_COUNTS : COUNTS) {
    await subject.add(subscribers);
    const sockets = subscribers - (await bare.group.call('size'));
    await bare.group.call('add', { url: bare.url, sockets, scope: { kind: 'anything' } });
    meter = new CpuMeter({ Waybill: waybill.pid });
    await subject.deliver(0, new CpuMeter({}));
    await server.call('prepare', await subject.group.call('last'));
    const trigger: Trigger = { kind: 'word', url: bare.url, path: '/' };
    const seconds = testbed.seconds / 2;
    const samples = await takeTurns(testbed, {
      waybill: () => subject.deliver(seconds, meter),
      bare: () => bare.group.call('deliver', { trigger, seconds }),
    });
    points.push({ subscribers, ...samples });
  }
  const bytes = (await subject.group.call('last')).length;
  return report(points, bytes, meter.describe(`A delivery, one of ${points.at(-1)!.subscribers},`));
}

const rateOf = ({ messages, seconds }: Delivery): number => messages / seconds;

function report(points: readonly Point[], bytes: number, costs: readonly string[]): Report {
  const figures = points.map(({ subscribers, waybill, bare }) =>
    figureOf({
      what: `one change to ${subscribers} subscribers`,
      unit: UNIT,
      subject: waybill.map(rateOf),
      baseline: { name: 'bare ws', samples: bare.map(rateOf) },
      ...(subscribers === JUDGED ? { target: atLeast(0.4, 0.8) } : {}),
    }),
  );
  const lineOf = (side: 'waybill' | 'bare') =>
    points.map((point) => ({ x: point.subscribers, y: summarise(point[side].map(rateOf)) }));
  const last = points.at(-1)!;
  const receiving = summarise(last.bare.map(({ cpuSeconds, messages }) => (cpuSeconds / messages) * 1e6));
  return {
    figures,
    curves: [
      {
        id: 'listeners',
        title: 'One change to many subscribers',
        x: { label: 'subscribers of fileChanges, a socket each', scale: 'log' },
        y: { label: UNIT, scale: 'log' },
        series: [
          { name: 'Waybill', role: 'subject', points: lineOf('waybill') },
          { name: 'bare ws, the same bytes', role: 'baseline', points: lineOf('bare') },
        ],
      },
    ],
    notes: [
      ...costs,
      `One change at a time, ${bytes} bytes to each subscriber. Every subscriber received every change once.`,
      `Receiving costs the subscribers' process ${tell(receiving.median)} µs of a core a message on both sides.`,
    ],
  };
}

export const listeners: Bench = { name: 'listeners', title: 'One change to many subscribers', measure };
