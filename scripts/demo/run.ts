// Runs the demo on an instance: all files at once, shown from the subscription, and checked at the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { LiveArea } from '../../cli/output/live-area.ts';
import type { Screen } from '../../cli/output/screen.ts';
import { type Waybill, createWaybill } from '../../packages/client/src/index.ts';
import { Api, type FileFacts } from './api.ts';
import { type Change, type Entry, entryOf, subscribeToChanges } from './changes.ts';
import { compareLogs, downloadAll, findDifferences, findResumeFaults } from './checks.ts';
import { type Row, type Step, drawCounts, drawRow, drawStep, stepOf } from './draw.ts';
import { type Mishap, type Outcome, ScenarioRun, type Tempo } from './scenario.ts';
import { searchForPhrase } from './search.ts';
import { type Source, findSources } from './sources.ts';
import type { Result } from './summary.ts';

const MISHAPS: readonly Mishap[] = [
  'connection is cut',
  'none',
  'wrong bytes',
  'processing fails',
  'events too early',
  'none',
  'none',
  'none',
];
// A change takes milliseconds to arrive; slow machines are given much more.
const PATIENCE_MS = 15_000;
// Each file is read by several processors, each in a process of its own.
const PROCESSING_MS = 60_000;

/** What the subscription has shown. */
class Seen {
  readonly entries: Entry[] = [];
  readonly rows = new Map<string, Row>();
  progressMessages = 0;

  add(change: Change): void {
    const entry = entryOf(change);
    if (entry !== null) this.entries.push(entry);
    if (change.__typename !== 'FileProgressed') {
      this.rows.set(change.fileId, { file: change.file, progress: null });
      return;
    }
    this.progressMessages += 1;
    const row = this.rows.get(change.fileId);
    if (row !== undefined) this.rows.set(change.fileId, { ...row, progress: change.progress });
  }

  /** A file that is INDEXED or FAILED. */
  processed(fileId: string): FileFacts | null {
    const file = this.rows.get(fileId)?.file;
    return file !== undefined && ['INDEXED', 'FAILED'].includes(file.state) ? file : null;
  }

  get files(): FileFacts[] {
    return [...this.rows.values()].map(({ file }) => file);
  }
}

/** Prints lines, above a live area of progress bars if the screen is a terminal. */
function createDisplay(
  screen: Screen,
  seen: Seen,
): { readonly print: (step: Step) => void; readonly close: () => void } {
  const start = performance.now();
  const drawRows = (): string[] => {
    const rows = [...seen.rows.values()];
    return rows.length === 0
      ? []
      : [drawCounts(rows, screen.format), ...rows.map((row) => drawRow(row, screen.format))];
  };
  const area = screen.isTerminal ? new LiveArea(screen, drawRows) : null;
  const out = area ?? screen;
  return {
    print: (step) => out.print(drawStep(step, (performance.now() - start) / 1_000, screen.format)),
    close: () => {
      // The live area is cleared when it closes; the final rows stay.
      for (const line of area ? drawRows() : []) out.print(line);
      area?.close();
    },
  };
}

/** @throws the reason of the signal */
async function waitUntil(isTrue: () => boolean, signal: AbortSignal, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!isTrue() && performance.now() < deadline) await sleep(10, undefined, { signal });
}

/** Reads the log from `after` once more. A change that arrives late and twice has arrived by then too. */
async function readAgain(client: Waybill, after: string, count: number, signal: AbortSignal): Promise<Entry[]> {
  const seen = new Seen();
  const subscription = subscribeToChanges(client, after, (change) => seen.add(change));
  await Promise.race([waitUntil(() => seen.entries.length >= count, signal), subscription.broken]);
  subscription.stop();
  return seen.entries;
}

interface Stage {
  readonly api: Api;
  readonly sources: readonly Source[];
  readonly tempo: Tempo;
  readonly seen: Seen;
  readonly print: (step: Step) => void;
  readonly signal: AbortSignal;
}

async function runScenarios({ api, sources, tempo, seen, print, signal }: Stage): Promise<Outcome[]> {
  const untilProcessed = async (fileId: string): Promise<FileFacts> => {
    await waitUntil(() => seen.processed(fileId) !== null, signal, PROCESSING_MS);
    const file = seen.processed(fileId);
    if (file === null) throw new Error(`no worker was done with ${fileId} in time`);
    return file;
  };
  const runs = sources.map(async (source, index) => {
    // Uploads differ in speed.
    const uploadMs = tempo.uploadMs * (1 + (index % 3) / 4);
    const startAfterMs = (index + 1) * tempo.staggerMs;
    return await new ScenarioRun({
      api,
      source,
      mishap: MISHAPS[index]!,
      tempo: { ...tempo, uploadMs },
      startAfterMs,
      signal,
      untilProcessed,
      print: (what, note) => print({ name: source.name, what, note }),
    }).run();
  });
  return await Promise.all(runs);
}

export async function runDemo(url: string, screen: Screen, tempo: Tempo, signal: AbortSignal): Promise<Result> {
  const start = performance.now();
  const client = createWaybill({ url });
  const api = new Api(client);
  const seen = new Seen();
  const display = createDisplay(screen, seen);
  const sources = await findSources(MISHAPS.length);
  const after = await api.readFeedCursor();
  const subscription = subscribeToChanges(client, after, (change) => {
    seen.add(change);
    const step = stepOf(change);
    if (step !== null) display.print(step);
  });
  try {
    const stage = { api, sources, tempo, seen, print: display.print, signal };
    const outcomes = await Promise.race([runScenarios(stage), subscription.broken]);
    const acknowledged = outcomes.flatMap((outcome) => outcome.acknowledged);
    const isComplete = (): boolean => compareLogs(acknowledged, seen.entries).lost === 0;
    await Promise.race([waitUntil(isComplete, signal), subscription.broken]);
    const again = await readAgain(client, after, seen.entries.length, signal);
    const files = await api.readFiles();
    const searched = await searchForPhrase(api, sources, outcomes);
    const { bytes: bytesRead, faults } = await downloadAll(outcomes, files);
    return {
      balance: compareLogs(acknowledged, seen.entries),
      isReplayed: isDeepStrictEqual(again, seen.entries),
      differences: findDifferences(files, seen.files),
      files,
      outcomes,
      bytesRead,
      faults: [...faults, ...findResumeFaults(outcomes)],
      searched,
      progressMessages: seen.progressMessages,
      seconds: (performance.now() - start) / 1_000,
    };
  } finally {
    client.close();
    display.close();
  }
}
