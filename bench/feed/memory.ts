// What a listener costs while nothing happens: the server's memory with 5,000 of them against the same server with a few,
// after everything that can be collected was. Each has heard one change before, as it will have in life. A fresh server
// for every turn: memory that a process has had once, it often keeps.
import type { Bench, Report } from '../bench.ts';
import type { Testbed } from '../host/testbed.ts';
import { atMost, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import type { Pool } from '../transitions/cycle.ts';
import { registerFiles } from '../transitions/files.ts';
import { GARBAGE_OPTIONS, type MemoryUse } from '../workers/memory-probe.ts';
import { Worker } from '../workers/worker.ts';
import type { Wish } from './audience.ts';
import type { AudienceCalls, Trigger } from './audience-worker.ts';
import type { BroadcastCalls } from './broadcast-server.ts';
import { awaitFollowers } from './followers.ts';

const POOL: Pool = { first: 1, size: 1_000 };
/** Seated before the first reading, so that code and pools are not counted to the others. */
const FEW = 10;
const ROUNDS = 3;
const PER_SOCKET = 100;
const KIB = 1_024;

/** One server and what it takes to fill it. */
interface House {
  readonly url: string;
  readonly path: string;
  readonly wish: Wish;
  readonly trigger: Trigger;
  /** Resolves when the server has so many listeners. */
  filled(listeners: number): Promise<void>;
  measureMemory(): Promise<MemoryUse>;
}

async function measureHouse(house: House, listeners: number): Promise<MemoryUse> {
  await using audience = new Worker<AudienceCalls>('feed/audience-worker.ts');
  const perSocket = house.wish.kind === 'every change' ? house.wish.perSocket : 1;
  const seat = async (sockets: number): Promise<void> => {
    await audience.call('seat', { url: house.url + house.path, sockets, wish: house.wish });
    await house.filled((await audience.call('size')) * perSocket);
  };
  await seat(FEW);
  const before = await house.measureMemory();
  await seat(listeners / perSocket);
  await audience.call('deliver', { trigger: house.trigger, seconds: 0 });
  const after = await house.measureMemory();
  return {
    resident: (after.resident - before.resident) / listeners,
    held: (after.held - before.held) / listeners,
  };
}

async function measure(testbed: Testbed): Promise<Report> {
  const listeners = testbed.quick ? 500 : 5_000;
  await using database = await testbed.createDatabase('memory');
  await registerFiles(database, POOL);
  let moves = 0;

  async function ofWaybill(perSocket: number): Promise<MemoryUse> {
    await using waybill = await testbed.startWaybill(database, { probe: true });
    const { url } = waybill;
    const plan = { kind: 'transitions', pool: POOL, from: moves, bulk: null } as const;
    moves += 1;
    return await measureHouse(
      {
        url,
        path: '/graphql',
        wish: { kind: 'every change', perSocket },
        trigger: { kind: 'transition', url, plan },
        filled: (count) => awaitFollowers(waybill, count),
        measureMemory: () => waybill.measureMemory(),
      },
      listeners,
    );
  }

  const samples = await takeTurns(
    { rounds: testbed.quick ? 1 : ROUNDS, quiet: testbed.quiet },
    { each: () => ofWaybill(1), bare: () => ofBareServer(listeners), together: () => ofWaybill(PER_SOCKET) },
  );
  return report(samples, listeners);
}

async function ofBareServer(listeners: number): Promise<MemoryUse> {
  await using server = new Worker<BroadcastCalls>('feed/broadcast-server.ts', GARBAGE_OPTIONS);
  const url = await server.call('start');
  await server.call('prepare', '{"type":"next"}');
  return await measureHouse(
    {
      url,
      path: '/',
      wish: { kind: 'anything' },
      trigger: { kind: 'word', url, path: '/' },
      filled: () => Promise.resolve(),
      measureMemory: () => server.call('measureMemory'),
    },
    listeners,
  );
}

type Samples = Readonly<Record<'each' | 'bare' | 'together', readonly MemoryUse[]>>;

function report({ each, bare, together }: Samples, listeners: number): Report {
  const line = (what: string, of: keyof MemoryUse, subject: readonly MemoryUse[], target?: ReturnType<typeof atMost>) =>
    figureOf({
      what,
      unit: 'KiB a listener',
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
      `${listeners} listeners. What the kernel keeps for their sockets is on neither side.`,
      'The servers run with a semi-space of 1 MiB, so that room for garbage is not counted to the listeners.',
    ],
  };
}

export const memory: Bench = { name: 'memory', title: 'Memory of an idle listener', measure };
