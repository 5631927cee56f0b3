// The demo itself, on a running instance: files live, the subscription is shown, and at the end the books are checked.
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type FileFacts } from './api.ts';
import { Board } from './board.ts';
import { createDisplay } from './display.ts';
import { type Step, drawStep } from './draw.ts';
import { type Balance, type Entry, Ledger, findDifferences } from './ledger.ts';
import { type Life, type Mishap, live } from './life.ts';
import { findSources } from './sources.ts';
import type { Pace } from './upload-bytes.ts';
import { type Change, watchChanges } from './watch.ts';

export interface Tempo {
  readonly pace: Pace;
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
  readonly refusals: number;
  readonly progressMessages: number;
  readonly seconds: number;
}

const MISHAPS: readonly Mishap[] = [
  'processing fails',
  'upload breaks off',
  'impatient client',
  'none',
  'none',
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
    const refusals = await Promise.race([liveAll(api, ledger, show, tempo, signal), watch.broken]);
    await Promise.race([waitFor(() => ledger.isComplete, signal), watch.broken]);
    const replayed = await isReplayed(url, after, ledger.seen, signal);
    const files = await api.readFiles(MISHAPS.length * 2);
    const differences = findDifferences(files, board.files);
    const seconds = (performance.now() - start) / 1_000;
    const { progressMessages } = board;
    return { balance: ledger.balance(), replayed, differences, files, refusals, progressMessages, seconds };
  } finally {
    await watch.stop();
    display.close();
  }
}

/** All files at once; returns how many events were refused, as they were meant to be. */
async function liveAll(
  api: Api,
  ledger: Ledger,
  show: (step: Omit<Step, 'seconds'>) => void,
  { pace, restMs, staggerMs }: Tempo,
  signal: AbortSignal,
): Promise<number> {
  let refusals = 0;
  const onRefusal: Life['onRefusal'] = ({ name }, what, { code, message }) => {
    refusals += 1;
    show({ name, what, from: '', to: '', note: `refused: ${code} ${message}` });
  };
  const sources = await findSources(MISHAPS.length);
  const lives = MISHAPS.map(async (mishap, index) => {
    const source = sources[index];
    if (source === undefined) throw new Error('there are too few sources to show');
    // Not all alike, as uploads are not.
    const own = { chunks: pace.chunks, pauseMs: pace.pauseMs * (1 + (index % 3) / 4) };
    const startAfterMs = (index + 1) * staggerMs;
    await live({ api, ledger, source, mishap, pace: own, startAfterMs, restMs, signal, onRefusal });
  });
  await Promise.all(lives);
  return refusals;
}
