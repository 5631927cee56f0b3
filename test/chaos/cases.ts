// The cases of the chaos suite under load, each with what it does and what it is held to. Run for long by
// `npm run chaos`, for a few seconds each by `npm test`.
import { Cluster } from './cluster.ts';
import {
  type Disturbance,
  holdTransactionsOpen,
  killListeners,
  killReplicas,
  leaveAlone,
  restartPostgres,
  stopTheSequencer,
  terminateBackends,
} from './disturbances.ts';
import { type Report, runUnderLoad } from './load.ts';

export interface CaseOptions {
  readonly seed: number;
  readonly ms: number;
}

export interface ChaosCase {
  readonly name: string;
  readonly disturb: (ms: number) => Disturbance;
  /** Milliseconds without any answer, and without any change heard, that are not to be passed. */
  readonly bars: { readonly answers: number; readonly changes: number };
}

/** Recovery and takeover are promised within 5 s. */
const WITHIN_5_S = { answers: 5_000, changes: 5_000 };

/** More often than the pools of a replica have slots, twice over. */
const POOL_SLOTS = 8;

export const CASES: readonly ChaosCase[] = [
  { name: 'nothing is broken', disturb: () => leaveAlone, bars: WITHIN_5_S },
  { name: 'a replica is killed every second', disturb: () => killReplicas, bars: WITHIN_5_S },
  { name: 'PostgreSQL is restarted in immediate mode', disturb: (ms) => restartPostgres(5, ms / 7), bars: WITHIN_5_S },
  {
    name: 'every backend is terminated, twice as often as a pool has slots',
    disturb: (ms) => terminateBackends(2 * POOL_SLOTS, ms / (2 * POOL_SLOTS + 4)),
    bars: WITHIN_5_S,
  },
  { name: 'the holder of the sequencer lock is stopped', disturb: () => stopTheSequencer, bars: WITHIN_5_S },
  { name: 'the LISTEN connections are killed', disturb: () => killListeners, bars: WITHIN_5_S },
  { name: 'transactions are held open here and elsewhere', disturb: () => holdTransactionsOpen, bars: WITHIN_5_S },
];

/** Three replicas, 16 writers, 8 subscribers that reconnect at random to random replicas. */
export async function runCase({ disturb }: ChaosCase, { seed, ms }: CaseOptions): Promise<Report> {
  const cluster = await Cluster.start(3);
  try {
    const disturbance = disturb(ms)(cluster);
    const load = { writers: 16, subscribers: 8, files: 40, reconnectMs: 2_000 };
    return await runUnderLoad(cluster, { seed, ms, ...load, disturb: disturbance });
  } finally {
    await cluster.stop();
  }
}

/** What a report breaks of what its case is held to; empty when all is well. */
export function faultsOf({ bars }: ChaosCase, report: Report): string[] {
  const { lost, twice, outOfOrder, unacknowledged, overtaken, acknowledged, longestSilence } = report;
  const unaccounted = Math.max(0, unacknowledged - overtaken);
  const faults = Object.entries({ lost, twice, outOfOrder, unaccounted })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}`);
  if (acknowledged === 0) faults.push('nothing was acknowledged');
  if (longestSilence.answers > bars.answers) faults.push(`no answer for ${longestSilence.answers} ms`);
  if (longestSilence.changes > bars.changes) faults.push(`no change for ${longestSilence.changes} ms`);
  return faults;
}

export function summarise({ seed, longestSilence, ...counts }: Report): string {
  const told = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  const silence = `longest silence ${longestSilence.answers} ms (answers), ${longestSilence.changes} ms (changes)`;
  return `seed ${seed}: ${told.join(', ')}; ${silence}`;
}
