// The demo itself, on a running instance: files live, the subscription is shown, and at the end the books are checked.
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type FileFacts } from './api.ts';
import { Board } from './board.ts';
import { type Delivery, findDetours, readBack } from './delivery.ts';
import { createDisplay } from './display.ts';
import { type Step, drawStep } from './draw.ts';
import { type Balance, type Entry, Ledger, findDifferences } from './ledger.ts';
import { type Mishap, live } from './life.ts';
import { findSources } from './sources.ts';
import { type Change, watchChanges } from './watch.ts';

export interface Tempo {
  /** How long the bytes of a file take, at least. */
  readonly uploadMs: number;
  /** Before an upload is resumed. */
  readonly retryMs: number;
  readonly restMs: number;
  /** Between the starts of two files. */
  readonly staggerMs: number;
}

export interface Outcome {
  readonly balance: Balance;
  /** Whether the log, read again from where the demo began, tells the same in the same order. */
  readonly replayed: boolean;
  readonly differences: readonly string[];
  readonly files: readonly FileFacts[];
  readonly deliveries: readonly Delivery[];
  /** Bytes read back, in all. */
  readonly bytesRead: number;
  /** What of them, and of the way they took, was not as it should be. */
  readonly faults: readonly string[];
  readonly progressMessages: number;
  readonly seconds: number;
}

const MISHAPS: readonly Mishap[] = [
  'connection is cut',
  'none',
  'wrong bytes',
  'processing fails',
  'impatient client',
  'none',
  'none',
  'none',
];
// Long enough for any machine: a change takes milliseconds to arrive.
const PATIENCE_MS = 15_000;

/** What the books keep of a change; progress is not in the log, so it is in none. */
function entryOf(change: Change): Entry | null {
  if (change.kind === 'REGISTERED') return { fileId: change.fileId, version: change.file.version, what: 'REGISTERED' };
  if (change.kind !== 'TRANSITIONED') return null;
  const { version, event } = change.transition;
  // Two versions in one message that differ are no version at all: it will count as out of order.
  return { fileId: change.fileId, version: change.file.version === version ? version : Number.NaN, what: event };
}

function stepOf(change: Change, name: string): Omit<Step, 'seconds'> | null {
  if (change.kind === 'REGISTERED') {
    return { name, what: 'registered', from: '', to: '', note: `${change.file.size} bytes` };
  }
  if (change.kind !== 'TRANSITIONED') return null;
  const { event, from, to, version } = change.transition;
  const { failure } = change.file;
  return { name, what: event, from, to, note: failure === null ? `v${version}` : `v${version} ${failure.message}` };
}

async function waitFor(isTrue: () => boolean, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isTrue() && performance.now() < deadline) await sleep(10, undefined, { signal });
  return isTrue();
}

/** Reads the log from `after` on once more; by the end of that, also a late duplicate has arrived in the first stream. */
async function isReplayed(url: string, after: string, seen: readonly Entry[], signal: AbortSignal): Promise<boolean> {
  const again: Entry[] = [];
  const watch = watchChanges(url, after, (change) => {
    const entry = entryOf(change);
    if (entry !== null) again.push(entry);
  });
  await Promise.race([waitFor(() => again.length >= seen.length, signal), watch.broken]);
  await watch.stop();
  return JSON.stringify(again) === JSON.stringify(seen);
}

export async function runDemo(
  url: string,
  stream: typeof process.stdout,
  tempo: Tempo,
  signal: AbortSignal,
): Promise<Outcome> {
  const start = performance.now();
  const api = new Api(url);
  const board = new Board();
  const ledger = new Ledger();
  const display = createDisplay(stream, board);
  const show = (step: Omit<Step, 'seconds'>): void =>
    display.print(drawStep({ ...step, seconds: (performance.now() - start) / 1_000 }, display.paper));
  const after = await api.readFeedCursor();
  const watch = watchChanges(url, after, (change) => {
    board.apply(change);
    const entry = entryOf(change);
    if (entry !== null) ledger.see(entry);
    const step = stepOf(change, board.nameOf(change.fileId));
    if (step !== null) show(step);
  });
  try {
    const deliveries = await Promise.race([liveAll(api, ledger, show, tempo, signal), watch.broken]);
    await Promise.race([waitFor(() => ledger.isComplete, signal), watch.broken]);
    const replayed = await isReplayed(url, after, ledger.seen, signal);
    const files = await api.readFiles(MISHAPS.length * 2);
    const differences = findDifferences(files, board.files);
    const { bytes: bytesRead, faults: spoilt } = await readBack(deliveries, files);
    const faults = [...spoilt, ...findDetours(deliveries, ledger.seen)];
    const seconds = (performance.now() - start) / 1_000;
    const { progressMessages } = board;
    const balance = ledger.balance();
    return { balance, replayed, differences, files, deliveries, bytesRead, faults, progressMessages, seconds };
  } finally {
    await watch.stop();
    display.close();
  }
}

/** All files at once. */
async function liveAll(
  api: Api,
  ledger: Ledger,
  show: (step: Omit<Step, 'seconds'>) => void,
  { uploadMs, staggerMs, ...tempo }: Tempo,
  signal: AbortSignal,
): Promise<Delivery[]> {
  const sources = await findSources(MISHAPS.length);
  const lives = MISHAPS.map(async (mishap, index) => {
    const source = sources[index];
    if (source === undefined) throw new Error('there are too few sources to show');
    return await live({
      ...tempo,
      api,
      ledger,
      source,
      mishap,
      // Not all alike, as uploads are not.
      uploadMs: uploadMs * (1 + (index % 3) / 4),
      startAfterMs: (index + 1) * staggerMs,
      signal,
      tell: (what, note) => show({ name: source.name, what, from: '', to: '', note }),
    });
  });
  return await Promise.all(lives);
}
