// A program that keeps a list of every file and goes on opening and closing others, in a process whose garbage can be
// collected. Prints what it holds, as JSON, each second. Arguments: the URL of the server, and how many files there are.
import { setTimeout as sleep } from 'node:timers/promises';
import { createWaybill } from '../../packages/client/src/client.ts';

export interface Held {
  /** Bytes of objects, and of buffers outside of the heap, after garbage collection. */
  readonly held: number;
  /** Rounds so far. */
  readonly rounds: number;
  /** Notifications so far. */
  readonly notified: number;
  /** Of the list. */
  readonly status: string;
  readonly files: number;
}

const [url = '', count = '0'] = process.argv.slice(2);
const waybill = createWaybill({ url });
const list = waybill.live.files({}, { pageSize: 1_000 });
let [rounds, notified] = [0, 0];
list.subscribe(() => (notified += 1));
while (list.getSnapshot().files.length < Number(count)) {
  await list.loadMore().catch(() => undefined);
  await sleep(50);
}

/** What a user does in an hour: looks at a file, at another list, at the counts; sends events; follows the feed. */
async function live(): Promise<void> {
  const { files } = list.getSnapshot();
  const { id } = files[rounds % files.length]!;
  const states = rounds % 2 === 0 ? ['UNTRACKED' as const] : ['INDEXED' as const, 'FAILED' as const];
  const stores = [waybill.live.file(id), waybill.live.files({ states }, { pageSize: 20 }), waybill.live.counts()];
  const stops = stores.map((store) => store.subscribe(() => undefined));
  await list.transition(id, 'FAIL_RESET').catch(() => undefined);
  const stopped = new AbortController();
  setTimeout(() => stopped.abort(), 200);
  try {
    for await (const { cursor } of waybill.changes(undefined, { signal: stopped.signal })) if (cursor === '') break;
  } catch {
    // It was stopped.
  }
  for (const stop of stops) stop();
  rounds += 1;
}

async function report(): Promise<void> {
  for (;;) {
    await sleep(1_000);
    await (globalThis as { gc?: (options: object) => Promise<void> }).gc?.({ type: 'major', execution: 'async' });
    const { heapUsed, external } = process.memoryUsage();
    const { status, files } = list.getSnapshot();
    const held: Held = { held: heapUsed + external, rounds, notified, status, files: files.length };
    process.stdout.write(`${JSON.stringify(held)}\n`);
  }
}

void report();
for (;;) await live();
