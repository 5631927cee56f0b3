// The cases of the chaos suite under load, each with its disturbance and its limits. `npm run chaos` runs each for as long
// as it is told, `npm test` for a few seconds.
import { Cluster } from './cluster.ts';
import {
  type Disturbance,
  holdTransactionsOpen,
  killListenConnections,
  killReplicas,
  doNothing,
  restartPostgres,
  stopTheSequencer,
  terminateBackends,
  whileNatsIsKilled,
} from './disturbances.ts';
import { type Report, runUnderLoad } from './load.ts';
import { readMetric } from '../support/http.ts';
import { hasNats } from '../support/nats-server.ts';

export interface CaseOptions {
  readonly seed: number;
  readonly ms: number;
}

export interface ChaosCase {
  readonly name: string;
  /** How replicas signal to each other. */
  readonly notifier: 'listen' | 'nats';
  /** How many changes must have come with signals. */
  readonly leastSignalled: number;
  readonly disturb: (ms: number) => Disturbance;
  /** The longest silence allowed, in milliseconds: without any answer, and without any change. */
  readonly limits: { readonly answers: number; readonly changes: number };
}

export interface CaseReport extends Report {
  /** Changes that the replicas which run at the end have from signals. */
  readonly signalled: number;
  /** The longest time in which there was no PostgreSQL, in milliseconds. */
  readonly away: number;
}

/** Recovery and takeover are promised within 5 s; where PostgreSQL is restarted, once it is back. */
const WITHIN_5_S = { answers: 5_000, changes: 5_000 };

/** Twice as many terminations as this would use up a pool of writers, if each leaked a connection. */
const POOL_SIZE = 8;

type Case = Omit<ChaosCase, 'notifier' | 'leastSignalled'>;

const DISTURBED: readonly Case[] = [
  { name: 'nothing is disturbed', disturb: () => doNothing, limits: WITHIN_5_S },
  { name: 'a replica is killed every second', disturb: () => killReplicas, limits: WITHIN_5_S },
  {
    name: 'PostgreSQL is restarted in immediate mode',
    disturb: (ms) => restartPostgres(5, ms / 7),
    limits: WITHIN_5_S,
  },
  {
    name: 'every backend is terminated, twice as often as a pool has connections',
    disturb: (ms) => terminateBackends(2 * POOL_SIZE, ms / (2 * POOL_SIZE + 4)),
    limits: WITHIN_5_S,
  },
  { name: 'the holder of the sequencer lock is stopped', disturb: () => stopTheSequencer, limits: WITHIN_5_S },
  { name: 'transactions are held open here and elsewhere', disturb: () => holdTransactionsOpen, limits: WITHIN_5_S },
];

const withNats = ({ name, disturb, limits }: Case): ChaosCase => ({
  name: `${name}, and NATS is killed and started again`,
  notifier: 'nats',
  // Replicas that are killed or cut off may have none.
  leastSignalled: disturb(0) === doNothing ? 1 : 0,
  disturb: (ms) => whileNatsIsKilled(disturb(ms)),
  limits,
});

/** With NATS nobody listens on PostgreSQL: there is nothing to kill. */
const OF_LISTEN: Case = {
  name: 'the LISTEN connections are killed',
  disturb: () => killListenConnections,
  limits: WITHIN_5_S,
};

export const CASES: readonly ChaosCase[] = [
  ...[...DISTURBED, OF_LISTEN].map((each): ChaosCase => ({ ...each, notifier: 'listen', leastSignalled: 0 })),
  ...(hasNats ? DISTURBED.map(withNats) : []),
];

/** Three replicas, 16 writers, 8 subscribers that reconnect at random to random replicas. */
export async function runCase({ disturb, notifier }: ChaosCase, { seed, ms }: CaseOptions): Promise<CaseReport> {
  const cluster = await Cluster.start(3, notifier);
  try {
    const disturbance = disturb(ms)(cluster);
    const load = { writers: 16, subscribers: 8, files: 40, reconnectMs: 2_000 };
    const report = await runUnderLoad(cluster, { seed, ms, ...load, disturb: disturbance });
    const signalled = await Promise.all(cluster.urls.map((url) => readMetric(url, 'waybill_feed_signalled_total')));
    return { ...report, signalled: signalled.reduce((sum, count) => sum + count, 0), away: cluster.longestAwayMs };
  } finally {
    await cluster.stop();
  }
}

/** What went wrong; empty if nothing did. */
export function faultsOf({ leastSignalled, limits }: ChaosCase, report: CaseReport): string[] {
  const { lost, twice, outOfOrder, unacknowledged, overtaken, acknowledged, longestSilence, away } = report;
  const unexplained = Math.max(0, unacknowledged - overtaken);
  const faults = Object.entries({ lost, twice, outOfOrder, unexplained })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}`);
  if (report.signalled < leastSignalled) faults.push(`changes that came with a signal: ${report.signalled}`);
  if (acknowledged === 0) faults.push('nothing was acknowledged');
  if (longestSilence.answers > limits.answers + away) faults.push(`no answer for ${longestSilence.answers} ms`);
  if (longestSilence.changes > limits.changes + away) faults.push(`no change for ${longestSilence.changes} ms`);
  return faults;
}

export function summarise({ seed, longestSilence, ...counts }: CaseReport): string {
  const counted = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  const silence = `longest silence ${longestSilence.answers} ms (answers), ${longestSilence.changes} ms (changes)`;
  return `seed ${seed}: ${counted.join(', ')}; ${silence}`;
}
