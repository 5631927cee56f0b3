// How long after its commit a change is received: 500 transitions a second, whether the server keeps up or not, and 1,000
// subscribers, each of one file and on a socket of its own. The instant of the commit is the server's own
// (track_commit_timestamp: when the commit record is written, before it is flushed), read from the row of the file.
import type { Bench, Report } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import { createSource, post } from '../http/requests.ts';
import { atMost, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { quantile } from '../measure/statistics.ts';
import { type Pool, uuidOf } from '../transitions/cycle.ts';
import { registerFiles } from '../transitions/files.ts';
import { Worker } from '../workers/worker.ts';
import type { SubscriberCalls } from './subscriber-worker.ts';
import type { BareChangesCalls } from './bare-changes.ts';
import { awaitFollowers } from './followers.ts';
import type { Instants, Paced } from './paced.ts';

const POOL: Pool = { first: 1, size: 1_000 };
const PACE = { perSecond: 500, connections: 100 };
const SUCCESS = { text: '"TransitionFileSuccess"', times: 1 };
const SAID = { text: 'said', times: 1 };
const BARE = 'bare pg and ws';

const COMMITS = `select (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1e6)::float8 as at
  from file where id between $1 and $2 order by id`;

/** Milliseconds, of one round. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly dueP50: number;
  readonly dueP99: number;
}

/** Microseconds since 1970, by file. */
async function readCommits(database: Database): Promise<number[]> {
  const range = [uuidOf(POOL.first), uuidOf(POOL.first + POOL.size - 1)];
  return (await database.query<{ at: number }>(COMMITS, range)).map(({ at }) => at);
}

async function latencyOf({ due, received }: Instants, database: Database): Promise<Latency> {
  const commits = await readCommits(database);
  const sinceCommit = received.map((at, subscriber) => (at - commits[subscriber]!) / 1_000);
  const sinceDue = received.map((at, subscriber) => (at - due[subscriber]!) / 1_000);
  if (sinceCommit.some((latency) => latency < 0)) throw new Error('something was received before it was committed');
  return {
    p50: quantile(sinceCommit, 0.5),
    p99: quantile(sinceCommit, 0.99),
    dueP50: quantile(sinceDue, 0.5),
    dueP99: quantile(sinceDue, 0.99),
  };
}

/** A transition for each file of the pool. */
function transitionsOf(round: number, host: string): Buffer[] {
  const plan = { kind: 'transitions', pool: POOL, from: round * POOL.size, bulk: null } as const;
  const next = createSource(plan, host).connect();
  return Array.from({ length: POOL.size }, () => Buffer.from(next().bytes));
}

async function addToWaybill(group: Worker<SubscriberCalls>, url: string): Promise<void> {
  const scope = { kind: 'one file', first: POOL.first } as const;
  await group.call('add', { url: `${url}/graphql`, sockets: POOL.size, scope });
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('latency');
  await using bareDatabase = await testbed.createDatabase('latency_bare');
  for (const each of [database, bareDatabase]) await registerFiles(each, POOL);
  await using waybill = await testbed.startWaybill(database);
  await using group = new Worker<SubscriberCalls>('feed/subscriber-worker.ts');
  await addToWaybill(group, waybill.url);
  await awaitFollowers(waybill, POOL.size);
  let round = 0;
  const moveAll = async (): Promise<Latency> => {
    const requests = transitionsOf(round, new URL(waybill.url).host);
    round += 1;
    const job: Paced = { ...PACE, url: waybill.url, requests, expect: SUCCESS };
    return await latencyOf(await group.call('paced', job), database);
  };
  await moveAll();

  await using bare = new Worker<BareChangesCalls>('feed/bare-changes.ts');
  await using bareGroup = new Worker<SubscriberCalls>('feed/subscriber-worker.ts');
  const payload = await group.call('last');
  const bareUrl = await bare.call('start', { databaseUrl: bareDatabase.url, firstFile: POOL.first, payload });
  await bareGroup.call('add', { url: bareUrl, sockets: POOL.size, scope: { kind: 'anything' } });
  const words = Array.from({ length: POOL.size }, (_, n) => post(`/${n}`, new URL(bareUrl).host, ''));
  const sayAll = async (): Promise<Latency> => {
    const job: Paced = { ...PACE, url: bareUrl, requests: words, expect: SAID };
    return await latencyOf(await bareGroup.call('paced', job), bareDatabase);
  };
  return report(await takeTurns(testbed, { waybill: moveAll, bare: sayAll }));
}

function report({ waybill, bare }: { waybill: readonly Latency[]; bare: readonly Latency[] }): Report {
  const line = (what: string, of: keyof Latency, target?: ReturnType<typeof atMost>) =>
    figureOf({
      what,
      unit: 'ms',
      subject: waybill.map((latency) => latency[of]),
      baseline: { name: BARE, samples: bare.map((latency) => latency[of]) },
      ...(target === undefined ? {} : { target }),
    });
  return {
    figures: [
      line('from commit to subscriber, p50', 'p50', atMost(15, 5)),
      line('from commit to subscriber, p99', 'p99', atMost(100, 25)),
      line('from the moment the request was due, p50', 'dueP50'),
      line('from the moment the request was due, p99', 'dueP99'),
    ],
    curves: [],
    notes: [
      `${PACE.perSecond} transitions a second, ${POOL.size} in a round; ${POOL.size} subscribers of one file each, a socket ` +
        'each. Every subscriber received its change, once.',
      'The last two count from the instant the request was to be sent: what waits because the server is behind is in them.',
    ],
  };
}

export const latency: Bench = { name: 'latency', title: 'From commit to subscriber', measure };
