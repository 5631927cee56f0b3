// Connections die: every one the program has, again and again, while transactions are open. Nothing hangs, no pool runs
// dry, and what was acknowledged is in the table.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LIFECYCLE_CONNECTIONS } from '../../src/lifecycle/lifecycle.ts';
import { type Response, type Result, newFile, readFile, send, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { holdFiles, readLog, uuidOf } from '../support/lifecycle.ts';
import { countFiles } from '../support/operations.ts';
import { until } from '../support/until.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';

// Each round kills at least as many writers in a transaction as there are held files: in the end four times what their
// pool has room for.
const HELD = 4;
const ROUNDS = LIFECYCLE_CONNECTIONS;
const MOVING = 24;
const CIRCLE = ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY'];

let waybill: Instance;
beforeEach(async () => {
  waybill = await startInstance({ env: { WAYBILL_MAX_ATTEMPTS: '100000' } });
});
afterEach(() => waybill.stop());

/** Ends every session of the program, and returns how many of them were in a transaction. */
async function killAll(): Promise<number> {
  const rows = await waybill.database.query<{ open: boolean }>(
    `select xact_start is not null as open, pg_terminate_backend(pid, 10000)
     from pg_stat_activity where datname = current_database() and application_name like 'waybill-%'`,
  );
  return rows.filter(({ open }) => open).length;
}

const sessionsWaiting = async (): Promise<number> => {
  const waiting = `select from pg_stat_activity where datname = current_database()
    and application_name = 'waybill-writes' and wait_event_type = 'Lock'`;
  return (await waybill.database.query(waiting)).length;
};

type Answer = Response<{ transitionFile: Result }>;

/** Like `transition`, with the errors of GraphQL as an answer too: these are what a client gets of a dead database. */
function attempt(id: string, event: string): Promise<Answer> {
  const query = `mutation T($input: TransitionFileInput!) { transitionFile(input: $input) {
    __typename ... on TransitionFileSuccess { transition { version attemptId } }
  } }`;
  return send(waybill.url, query, { input: { id, event } });
}

it('no acknowledged transition is missing after every connection was killed many times over', async () => {
  const ids = await Promise.all(Array.from({ length: HELD + MOVING }, () => newFile(waybill.url)));
  const acknowledged = new Map<string, string[]>(ids.map((id) => [id, []]));
  const unacknowledged: unknown[] = [];
  async function ask(id: string, round: number): Promise<void> {
    const { data, errors } = await attempt(id, CIRCLE[round % 3]!);
    const answer = data?.transitionFile;
    if (answer?.transition !== undefined) acknowledged.get(id)?.push(answer.transition.attemptId);
    else unacknowledged.push(errors?.[0]?.extensions?.['code'] ?? answer?.__typename);
  }
  let killed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    // Some commands wait for rows in open transactions, others are on their way.
    const letGo = await holdFiles(waybill.database, ...ids.slice(0, HELD).map(uuidOf));
    const waiting = ids.slice(0, HELD).map((id) => ask(id, round));
    await until(sessionsWaiting, (count) => count >= HELD);
    const moving = ids.slice(HELD).map((id) => ask(id, round));
    killed += await killAll();
    await letGo();
    await Promise.all([...waiting, ...moving]);
  }
  expect(killed).toBeGreaterThanOrEqual(HELD * LIFECYCLE_CONNECTIONS);
  // What could not be done was said to be so: a database that is away, or a machine that had missed an event before.
  expect(unacknowledged.filter((code) => code !== 'UNAVAILABLE' && code !== 'TransitionRejected')).toEqual([]);
  for (const [id, attempts] of acknowledged) {
    const log = await readLog(waybill.database, uuidOf(id));
    expect(log.map(({ version }) => version)).toEqual(log.map((_, version) => version));
    const recorded = log.slice(1).map((row) => `attempt_${row.attempt_id}`);
    // Nothing acknowledged is missing, nothing was done twice, nothing was done that nobody was told of.
    expect(attempts).toEqual(recorded);
  }
});

it('after the killing everything works again: writes, reads and the feed', async () => {
  const id = await newFile(waybill.url);
  for (let round = 0; round < ROUNDS; round += 1) await killAll();
  const served = (): Promise<string> =>
    transition(waybill.url, id, 'START_UPLOAD').then(({ __typename }) => __typename, String);
  await until(served, (typename) => typename === 'TransitionFileSuccess' || typename === 'TransitionRejected');
  expect(await readFile(waybill.url, id)).toMatchObject({ state: 'UPLOADING', version: 1 });
  expect((await countFiles(waybill.url))['UPLOADING']).toBe(1);
  await until(
    () => waybill.database.query(WITHOUT_POSITION),
    (unsequenced) => unsequenced.length === 0,
  );
  const many = await Promise.all(Array.from({ length: 100 }, () => newFile(waybill.url)));
  expect(new Set(many).size).toBe(100);
});

it('the first commands after a killing are told nothing of the dead connections in the pool', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, () => newFile(waybill.url)));
  await killAll();
  const moved = await Promise.all(ids.map((id) => transition(waybill.url, id, 'START_UPLOAD')));
  expect(moved.map(({ file }) => file?.version)).toEqual(ids.map(() => 1));
});
