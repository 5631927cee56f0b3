// A live list under whatever a network, a server and a clock may do: cuts, outages, restarts, jumps, while it is paged
// through. It ends equal to the rows, and nothing that it has shown on the way was never true. WAYBILL_TEST_SEED repeats a
// run, WAYBILL_TEST_RUNS sets how many there are.
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { READ_FILES } from '../../packages/client/src/generated/documents.ts';
import type { FileFilter, FileOrder, LifecycleEvent } from '../../packages/client/src/generated/operations.ts';
import type { FilesOptions, FilesSnapshot, LiveFiles } from '../../packages/client/src/live/files.ts';
import { newFile, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { faultsOf } from './shown-truth.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env['WAYBILL_TEST_RUNS'] ?? 25);

let database: TestDatabase;
let waybill: Instance;
let proxy: TcpProxy;

beforeAll(async () => {
  database = await createDatabase();
  waybill = await startInstance({ database });
  proxy = await startTcpProxy(waybill.url);
});
afterAll(async () => {
  await proxy.close();
  await waybill.stop();
  await database.drop();
});

type Step =
  | { readonly does: 'register'; readonly name: number; readonly kind: number; readonly size: number }
  | { readonly does: 'move'; readonly file: number }
  | { readonly does: 'delete'; readonly file: number }
  | { readonly does: 'loadMore' | 'cut' | 'outage' | 'restart' | 'settle' }
  | { readonly does: 'wait' | 'clock'; readonly ms: number };

/** Not far enough for a file to expire. */
const JUMP_MS = 300_000;
const now = Date.now;

/** The clock goes wrong by so much, for the client and for the server, which are in this process. */
function setClock(ms: number): void {
  Date.now = () => now() + ms;
}

const file = fc.nat(1_000);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ does: fc.constant('register'), name: fc.nat(5), kind: fc.nat(2), size: fc.nat(3) }),
    },
    { weight: 12, arbitrary: fc.record({ does: fc.constant('move'), file }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('delete'), file }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constant('loadMore') }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('cut') }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('outage') }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('restart') }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('settle') }) },
    { weight: 6, arbitrary: fc.record({ does: fc.constant('wait'), ms: fc.nat(40) }) },
    {
      weight: 1,
      arbitrary: fc.record({ does: fc.constant('clock'), ms: fc.integer({ min: -JUMP_MS, max: JUMP_MS }) }),
    },
  ),
  { minLength: 10, maxLength: 60 },
) as fc.Arbitrary<Step[]>;

const filters = fc.record(
  {
    states: fc.subarray(['UNTRACKED', 'UPLOADING', 'PROCESSING', 'FAILED', 'INDEXED'] as const, { minLength: 1 }),
    nameContains: fc.constantFrom('A', 'é', 'b'),
    metadata: fc.constantFrom({ kind: 1 }, { tags: ['x'] }),
  },
  { requiredKeys: [] },
);
const orders = fc.record({
  field: fc.constantFrom('CREATED_AT', 'NAME', 'SIZE'),
  direction: fc.constantFrom('ASC', 'DESC'),
}) satisfies fc.Arbitrary<FileOrder>;
const lists = fc.record({ filter: filters, orderBy: orders, pageSize: fc.integer({ min: 1, max: 12 }) });

const NAMES = ['a.txt', 'Ab', 'cafÉ', 'café b', '文', '😀 a'];
const METADATA = [{}, { kind: 1 }, { kind: 1, tags: ['x', 'y'] }];
/** One of those that are allowed, so that files go everywhere. */
const EVENTS: Readonly<Record<string, readonly LifecycleEvent[]>> = {
  UNTRACKED: ['START_UPLOAD'],
  UPLOADING: ['COMPLETE_UPLOAD', 'FAIL_UPLOAD'],
  PROCESSING: ['COMPLETE_PROCESSING', 'FAIL_PROCESSING'],
  INDEXED: ['RESET'],
  FAILED: ['RETRY'],
};

/** Does what the server is to do, directly, and what the network is to do. */
class World {
  readonly #list: LiveFiles;
  readonly #files: { readonly id: string; state: string }[] = [];

  constructor(list: LiveFiles) {
    this.#list = list;
  }

  async do(step: Step): Promise<void> {
    switch (step.does) {
      case 'register': {
        const input = { name: NAMES[step.name], metadata: METADATA[step.kind], size: step.size * 100 };
        this.#files.push({ id: await newFile(waybill.url, input), state: 'UNTRACKED' });
        return;
      }
      case 'move':
        return await this.#move(step.file);
      case 'delete': {
        const [gone] = this.#files.splice(step.file % Math.max(1, this.#files.length), 1);
        if (gone !== undefined) await deleteFile(waybill.url, gone.id);
        return;
      }
      case 'loadMore':
        // Not awaited: it may take as long as an outage.
        return void this.#list.loadMore().catch(() => undefined);
      case 'cut':
        return proxy.cut();
      case 'outage':
        await proxy.refuse();
        await this.do({ does: 'move', file: 0 });
        return await proxy.restore();
      case 'restart':
        return await restart();
      case 'settle':
        await until(
          () => this.#list.getSnapshot().status,
          (status) => status === 'live',
        );
        return;
      case 'wait':
        return await sleep(step.ms);
      case 'clock':
        return setClock(step.ms);
    }
  }

  async #move(which: number): Promise<void> {
    const moved = this.#files[which % Math.max(1, this.#files.length)];
    if (moved === undefined) return;
    const events = EVENTS[moved.state]!;
    const answer = await transition(waybill.url, moved.id, events[which % events.length]!);
    moved.state = answer.file?.state ?? moved.state;
  }
}

async function restart(): Promise<void> {
  await waybill.stop();
  waybill = await startInstance({ database });
  proxy.retarget(Number(new URL(waybill.url).port));
}

interface Fresh {
  readonly files: FilesSnapshot['files'];
  readonly hasMore: boolean;
}

/** What somebody sees who reads the list now. */
async function readFresh(direct: Waybill, { filter, orderBy }: ListInput, first: number): Promise<Fresh> {
  const { files } = await direct.query(READ_FILES, { filter, orderBy, first: Math.max(1, first) });
  const nodes = files.edges.map(({ node }) => node).slice(0, first);
  return { files: nodes, hasMore: files.pageInfo.hasNextPage || nodes.length < files.edges.length };
}

type ListInput = { readonly filter: FileFilter } & FilesOptions & { readonly orderBy: FileOrder };

/** Equal to a fresh query; of more pages it may say that they are there when they have just gone, until they are read. */
async function expectEqualInTheEnd(list: LiveFiles, input: ListInput): Promise<void> {
  const direct = createWaybill({ url: waybill.url });
  await until(
    async () => {
      const shown = list.getSnapshot();
      const fresh = await readFresh(direct, input, shown.files.length);
      return { status: shown.status, shown: shown.files, fresh: fresh.files, hides: !shown.hasMore && fresh.hasMore };
    },
    ({ status, shown, fresh, hides }) => status === 'live' && !hides && JSON.stringify(shown) === JSON.stringify(fresh),
  ).finally(() => direct.close());
}

it(`ends equal to a fresh query and shows nothing that was never true (WAYBILL_TEST_SEED=${SEED})`, async () => {
  let shownInAll = 0;
  const property = fc.asyncProperty(lists, steps, async (input, todo) => {
    const client = createWaybill({ url: proxy.urlThrough(waybill.url) });
    const list = client.live.files(input.filter, input);
    const shown: FilesSnapshot[] = [];
    const unsubscribe = list.subscribe(() => shown.push(list.getSnapshot()));
    const world = new World(list);
    try {
      for (const step of todo) await world.do(step);
      await expectEqualInTheEnd(list, input);
      await list.loadMore();
      await expectEqualInTheEnd(list, input);
      expect(await faultsOf(shown, input, database)).toEqual([]);
      shownInAll += shown.length;
    } finally {
      setClock(0);
      unsubscribe();
      client.close();
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
  console.log(`${RUNS} runs, ${shownInAll} lists shown`);
  expect(shownInAll).toBeGreaterThan(RUNS);
}, 1_800_000);
