// The memory of an idle subscriber: the server with 5,000 of them against the same server with a few, after garbage
// collection. Each has received one change, as in production. Every turn has a fresh server, because a process often
// keeps memory that it has used once.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import { atMost, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import type { Pool } from '../transitions/cycle.ts';
import { registerFiles } from '../transitions/files.ts';
import { GARBAGE_OPTIONS, type MemoryUse } from '../workers/memory-probe.ts';
import { Worker } from '../workers/worker.ts';
import type { Scope } from './subscriber-group.ts';
import type { SubscriberCalls, Trigger } from './subscriber-worker.ts';
import type { BroadcastCalls } from './broadcast-server.ts';
import { awaitFollowers } from './followers.ts';

const POOL: Pool = { first: 1, size: 1_000 };
/** Added before the first reading, so that code and pools are not counted as memory of the others. */
const FEW = 10;
const ROUNDS = 3;
const PER_SOCKET = 100;
const KIB = 1_024;
// All are of one address and one principal, more than these may have.
const SOCKETS = {
  WAYBILL_MAX_SOCKETS: '20000',
  WAYBILL_MAX_SOCKETS_PER_ADDRESS: '20000',
  WAYBILL_MAX_SOCKETS_PER_PRINCIPAL: '20000',
};

/** One server and what it takes to fill it. */
interface Side {
  readonly url: string;
  readonly path: string;
  readonly scope: Scope;
  readonly trigger: Trigger;
  /** Resolves when the server has so many subscribers. */
  filled(subscribers: number): Promise<void>;
  measureMemory(): Promise<MemoryUse>;
}

async function measureSide(side: Side, subscribers: number): Promise<MemoryUse> {
  await using group = new Worker<SubscriberCalls>('feed/subscriber-worker.ts');
  const perSocket = side.scope.kind === 'every change' ? side.scope.perSocket : 1;
  const add = async (sockets: number): Promise<void> => {
    await group.call('add', { url: side.url + side.path, sockets, scope: side.scope });
    await side.filled((await group.call('size')) * perSocket);
  };
  await add(FEW);
  const before = await side.measureMemory();
  await add(subscribers / perSocket);
  await group.call('deliver', { trigger: side.trigger, seconds: 0 });
  const after = await side.measureMemory();
  return {
    resident: (after.resident - before.resident) / subscribers,
    held: (after.held - before.held) / subscribers,
  };
}

async function measure(testbed: Testbed): Promise<Report> {
  const subscribers = testbed.quick ? 500 : 5_000;
  await using database = await testbed.createDatabase('memory');
  await registerFiles(database, POOL);
  let moves = 0;

  async function ofWaybill(perSocket: number): Promise<MemoryUse> {
    await using waybill = await testbed.startWaybill(database, { probe: true, env: SOCKETS });
    const { url } = waybill;
    const plan = { kind: 'transitions', pool: POOL, from: moves, bulk: null } as const;
    moves += 1;
    return await measureSide(
      {
        url,
        path: '/graphql',
        scope: { kind: 'every change', perSocket },
        trigger: { kind: 'transition', url, plan },
        filled: (count) => awaitFollowers(waybill, count),
        measureMemory: () => waybill.measureMemory(),
      },
      subscribers,
    );
  }

  const samples = await takeTurns(
    { rounds: testbed.quick ? 1 : ROUNDS, quiet: testbed.quiet },
    { each: () => ofWaybill(1), bare: () => ofBareServer(subscribers), together: () => ofWaybill(PER_SOCKET) },
  );
  return report(samples, subscribers);
}

async function ofBareServer(subscribers: number): Promise<MemoryUse> {
  await using server = new Worker<BroadcastCalls>('feed/broadcast-server.ts', GARBAGE_OPTIONS);
  const url = await server.call('start');
  await server.call('prepare', '{"type":"next"}');
  return await measureSide(
    {
      url,
      path: '/',
      scope: { kind: 'anything' },
      trigger: { kind: 'word', url, path: '/' },
      filled: () => Promise.resolve(),
      measureMemory: () => server.call('measureMemory'),
    },
    subscribers,
  );
}

type Samples = Readonly<Record<'each' | 'bare' | 'together', readonly MemoryUse[]>>;

function report({ each, bare, together }: Samples, subscribers: number): Report {
  const line = (what: string, of: keyof MemoryUse, subject: readonly MemoryUse[], target?: ReturnType<typeof atMost>) =>
    figureOf({
      what,
      unit: 'KiB a subscriber',
      subject: subject.map((use) => use[of] / KIB),
      baseline: { name: 'bare ws, a socket each', samples: bare.map((use) => use[of] / KIB) },
      ...(target === undefined ? {} : { target }),
    });
  return {
    figures: [
      line('a socket each, resident', 'resident', each, atMost(30, 12)),
      line('a socket each, heap and buffers', 'held', each),
      line(`${PER_SOCKET} on a socket, resident`, 'resident', together),
      line(`${PER_SOCKET} on a socket, heap and buffers`, 'held', together),
    ],
    curves: [],
    notes: [
      `${subscribers} subscribers. What the kernel keeps for their sockets is on neither side.`,
      'The servers run with a semi-space of 1 MiB, so that room for garbage is not counted to the subscribers.',
    ],
  };
}

export const memory: Bench = { name: 'memory', title: 'Memory of an idle subscriber', measure };
