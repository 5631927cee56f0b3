// A replica dies at each named point of a transition, as by kill -9. A retry with the same key at another replica finds
// the one effect or makes it, and a subscriber there gets it once.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CrashPoint } from '../../src/config-variables.ts';
import { collect, readCursor } from '../support/changes.ts';
import { type Result, newFile, transition, transitions } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { runToEnd, startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';

let database: TestDatabase;
let survivor: Instance;
beforeAll(async () => {
  database = await createDatabase();
  survivor = await startInstance({ database });
});
afterAll(async () => {
  await survivor.stop();
  await database.drop();
});

interface LogRow {
  readonly version: number;
  readonly attempt: string;
}

const readLog = (id: string): Promise<LogRow[]> =>
  database.query<LogRow>(
    `select version, 'attempt_' || attempt_id as attempt from file_change where 'file_' || file_id = $1 and version > 0
     order by version`,
    [id],
  );

const everythingSequenced = (): Promise<unknown> =>
  until(
    () => database.query(WITHOUT_POSITION),
    (waiting) => waiting.length === 0,
  );

interface Death {
  /** The file whose transition it died in. */
  readonly id: string;
  readonly idempotencyKey: string;
  /** Whether the transition was committed, before any retry. */
  readonly committed: boolean;
  /** From before the death. */
  readonly cursor: string;
}

const isAlive = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`).then(
    () => true,
    () => false,
  );

/**
 * Sends transitions to a replica until it dies in one. The first is enough, except at mid_sequence: there the survivor
 * may have sequenced it first.
 */
async function dieAt(point: CrashPoint): Promise<Death> {
  const ids = await Promise.all(Array.from({ length: 20 }, () => newFile(survivor.url)));
  await everythingSequenced(); // otherwise it could die while it sequences the registrations
  const doomed = await startProcess(
    { DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir, WAYBILL_CRASH_AT: point },
    'api',
  );
  for (const id of ids) {
    const cursor = await readCursor(survivor.url);
    const idempotencyKey = randomUUID();
    await transition(doomed.url, id, 'START_UPLOAD', { idempotencyKey }).catch(() => undefined);
    await everythingSequenced();
    if (await isAlive(doomed.url)) {
      if (point === 'mid_sequence') continue;
      break;
    }
    expect(await doomed.end('SIGTERM')).toEqual({ code: null, signal: 'SIGKILL' });
    return { id, idempotencyKey, cursor, committed: (await readLog(id)).length > 0 };
  }
  await doomed.end('SIGKILL');
  throw new Error(`it did not die at ${point}`);
}

const POINTS: [CrashPoint, committed: boolean][] = [
  ['before_lock', false],
  ['after_decide', false],
  ['before_commit', false],
  ['after_commit', true],
  ['mid_sequence', true],
];

it.each(POINTS)('a replica that dies at %s leaves one effect of its key, delivered once', async (point, committed) => {
  const death = await dieAt(point);
  const { id, idempotencyKey, cursor } = death;
  expect(death.committed).toBe(committed);
  const watcher = collect(survivor.url, cursor, { ids: [id] });

  const retry = await transition(survivor.url, id, 'START_UPLOAD', { idempotencyKey });
  expect(retry).toMatchObject({ __typename: 'TransitionFileSuccess', replayed: committed, transition: { version: 1 } });
  expect(await readLog(id)).toEqual([{ version: 1, attempt: retry.transition?.attemptId }]);

  // A repeat would come before this one.
  await transition(survivor.url, id, 'COMPLETE_UPLOAD');
  await until(
    () => watcher.seen,
    (seen) => seen.some(({ version }) => version === 2),
  );
  await watcher.stop();
  expect(watcher.seen.map(({ kind, version }) => [kind, version])).toEqual([
    ['TRANSITIONED', 1],
    ['TRANSITIONED', 2],
  ]);
});

it('a bulk mutation has no effect after a crash before its commit, and its whole effect when it is sent again', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => newFile(survivor.url)));
  const doomed = await startProcess(
    { DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir, WAYBILL_CRASH_AT: 'before_commit' },
    'api',
  );
  const send = (url: string): Promise<Result[]> =>
    transitions(
      url,
      ids.map((id) => ({ id, event: 'START_UPLOAD', idempotencyKey: `bulk ${id}` })),
    );
  await expect(send(doomed.url)).rejects.toThrow();
  expect((await Promise.all(ids.map(readLog))).flat()).toEqual([]);
  expect((await send(survivor.url)).map(({ replayed }) => replayed)).toEqual(ids.map(() => false));
  expect((await send(survivor.url)).map(({ replayed }) => replayed)).toEqual(ids.map(() => true));
});

it('a crash point is refused in production, and an unknown one everywhere', async () => {
  const production = await runToEnd({
    DATABASE_URL: database.url,
    WAYBILL_CRASH_AT: 'after_commit',
    NODE_ENV: 'production',
  });
  expect(production).toMatchObject({ code: 1, stdout: '' });
  expect(production.stderr).toContain('WAYBILL_CRASH_AT holds \\"after_commit\\"');
  expect(production.stderr).toContain('allowed with NODE_ENV=production: unset');

  const unknown = await runToEnd({
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: database.dataDir,
    WAYBILL_CRASH_AT: 'at_noon',
  });
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toContain('before_lock, after_decide, before_commit, after_commit, mid_sequence');
});
