// Workers that are killed and stopped in the middle of their work: every file is INDEXED in the end, by the one worker that
// had it, and no file is had by two.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type WaybillProcess, startScript } from '../support/process.ts';
import { until } from '../support/until.ts';
import { uploadText } from '../support/upload-text.ts';
import { logLeases, readLeases } from './lease-log.ts';

const FILES = 300;
const AT_ONCE = 20;
/** How long workers are killed. The issue asks for 30 s; `WAYBILL_CHAOS_MS=30000` does that. */
const MS = Number(process.env['WAYBILL_CHAOS_MS'] ?? 10_000);
const EVERY_MS = 2_000;
/** A lease is 10 s. */
const STOPPED_MS = 12_000;

let database: TestDatabase;
let api: Instance;
const workers: WaybillProcess[] = [];

beforeEach(async () => {
  database = await createDatabase();
  await logLeases(database);
  api = await startInstance({ role: 'api', database, env: { WAYBILL_PROCESSING: 'builtin' } });
});
afterEach(async () => {
  for (const worker of workers.splice(0)) {
    worker.child.kill('SIGCONT');
    await worker.end('SIGKILL');
  }
  await api.stop();
  await database.drop();
});

async function startWorker(env: Record<string, string> = {}): Promise<WaybillProcess> {
  const settings = { DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir, WAYBILL_WORKER_CONCURRENCY: '4' };
  const worker = await startScript('chaos/worker-process.ts', { ...settings, ...env });
  workers.push(worker);
  return worker;
}

async function kill(worker: WaybillProcess): Promise<void> {
  workers.splice(workers.indexOf(worker), 1);
  await worker.end('SIGKILL');
}

const nameOf = ({ log }: WaybillProcess): string =>
  log.find(({ msg }) => msg === 'processing files')?.['worker'] as string;

async function countHeld(worker: WaybillProcess): Promise<number> {
  const held = `select count(*)::int as held from file where processing->>'worker' = $1 and claimable_at > now()`;
  return (await database.query<{ held: number }>(held, [nameOf(worker)]))[0]!.held;
}

async function uploadAll(): Promise<void> {
  let next = 0;
  const uploadSome = async (): Promise<void> => {
    while (next < FILES) await uploadText(api.url, `file ${(next += 1)}`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, uploadSome));
}

// Given so long ago that the worker knows it, and not so long that it may have ended: a run takes 250 ms (worker-process.ts).
const AT_WORK = `select new_token as token from lease_log join file on file.id = file_id and processing->>'token' = new_token
  where lease_log.worker = $1 and at between now() - interval '200 ms' and now() - interval '100 ms'`;
const STILL_HELD = `select from file where processing->>'token' = any ($1)`;

/** Stops a worker in the middle of files, for longer than its leases. */
async function stopAndContinue(worker: WaybillProcess): Promise<void> {
  await until(
    async () => {
      const files = await database.query<{ token: string }>(AT_WORK, [nameOf(worker)]);
      if (files.length === 0) return 0;
      worker.child.kill('SIGSTOP');
      await sleep(100); // what it has sent is carried out
      const held = await database.query(STILL_HELD, [files.map(({ token }) => token)]);
      if (held.length === 0) worker.child.kill('SIGCONT');
      return held.length;
    },
    (held) => held > 0,
  );
  await sleep(STOPPED_MS);
  worker.child.kill('SIGCONT');
}

const stateCounts = (): Promise<{ state: string; files: number }[]> =>
  database.query<{ state: string; files: number }>('select state, count(*)::int as files from file group by state');

it('300 files are INDEXED, each by one worker that held it', async () => {
  const [stopped] = await Promise.all([startWorker(), startWorker(), startWorker()]);
  const uploading = uploadAll();
  const stopping = stopAndContinue(stopped);
  for (let ms = 0; ms < MS; ms += EVERY_MS) {
    await sleep(EVERY_MS);
    const victim = workers.filter((worker) => worker !== stopped)[(ms / EVERY_MS) % 2]!;
    await kill(victim);
    await startWorker();
  }
  await Promise.all([uploading, stopping]);
  await until(stateCounts, (counts) => counts.every(({ state }) => state === 'INDEXED'), 90_000);

  expect(await stateCounts()).toEqual([{ state: 'INDEXED', files: FILES }]);
  const ends = await database.query(
    `select event, count(*)::int as changes, count(distinct file_id)::int as files from file_change
      where from_state = 'PROCESSING' group by event`,
  );
  expect(ends).toEqual([{ event: 'COMPLETE_PROCESSING', changes: FILES, files: FILES }]);
  const wrong = await database.query(
    `select id from file where (properties->'plain'->>'bytes')::int is distinct from size`,
  );
  expect(wrong).toEqual([]);
  const leases = await readLeases(database);
  process.stdout.write(`${JSON.stringify(leases)}\n`);
  expect(leases).toMatchObject({ doubled: 0, unheld: 0 });
  // The kills and the stop did hit: some files went on with somebody else.
  expect(leases.taken).toBeGreaterThan(0);
  await until(() => stopped.log.some(({ msg }) => msg.startsWith('a lease was lost')), Boolean);
});

it('a file whose worker is killed is with another one within 15 s', async () => {
  const first = await startWorker({ WAYBILL_WORKER_CONCURRENCY: '1' });
  await uploadAll();
  await until(
    () => countHeld(first),
    (held) => held > 0,
  );
  const second = await startWorker({ WAYBILL_WORKER_CONCURRENCY: '64' });
  const held = `select id from file where processing->>'worker' = $1`;
  const [file] = await until(
    () => database.query<{ id: string }>(held, [nameOf(first)]),
    (rows) => rows.length > 0,
  );
  await kill(first);
  const killedAt = performance.now();
  const epochOf = async (): Promise<{ state: string; worker: string | null }[]> =>
    database.query(`select state, processing->>'worker' as worker from file where id = $1`, [file!.id]);
  await until(epochOf, ([row]) => row!.state === 'INDEXED' || row!.worker === nameOf(second));
  expect(performance.now() - killedAt).toBeLessThan(15_000);
});
