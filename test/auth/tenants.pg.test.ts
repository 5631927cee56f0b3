// Until there is sign-in every request over HTTP is of one tenant; the walls between tenants stand all the same, and are
// tried here where a second one can be: at the lifecycle, the reader and the feed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Pool } from 'pg';
import { createOrm, type MikroORM } from '../../src/db/orm.ts';
import { LOGGED_CHANGES } from '../../src/feed/change.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { createXStateEngine } from '../../src/fsm/xstate-engine.ts';
import type { Command, RegisterCommand, TransitionCommand } from '../../src/lifecycle/commands.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { createLifecycle, type Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { createLogger } from '../../src/log.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startFeed } from '../support/feed.ts';
import { holdFiles } from '../support/lifecycle.ts';
import { LONG_TIMERS, PLAIN_POLICY } from '../support/timers.ts';
import { openPool } from '../support/pool.ts';

let database: TestDatabase;
let orm: MikroORM;
let pool: Pool;
let reader: FileReader;
let feed: Feed;
let lifecycle: Lifecycle;

beforeAll(async () => {
  database = await createDatabase();
  orm = createOrm({ url: database.url, name: 'tenants', max: 4 });
  pool = openPool(database.url, 4);
  reader = new FileReader(orm);
  const log = createLogger('silent');
  feed = await startFeed(pool, database.url, { readFile: (...of) => reader.readFile(...of) });
  const engine = createXStateEngine();
  const onLogged = (): void => feed.wake();
  const rest = {
    random: Math.random,
    newId: uuidv7,
    timers: LONG_TIMERS,
    policy: PLAIN_POLICY,
    onProgress: () => undefined,
  };
  lifecycle = createLifecycle({ orm, engine, log, onLogged, ...rest });
});

afterAll(async () => {
  await feed.stop();
  await Promise.all([orm.close(), pool.end()]);
  await database.drop();
});

const asked = (tenant: string, fileId = uuidv7()) => ({ tenant, actor: tenant, attemptId: uuidv7(), fileId });

const registration = (tenant: string, idempotencyKey: string | null = null): RegisterCommand => ({
  ...asked(tenant),
  kind: 'register',
  name: 'a',
  contentType: 'a/b',
  transfer: 'EXTERNAL',
  size: null,
  sha256: null,
  metadata: {},
  metadataHeader: null,
  maxAttempts: 5,
  idempotencyKey,
});

const start = (tenant: string, fileId: string, idempotencyKey: string | null = null): TransitionCommand => ({
  ...asked(tenant, fileId),
  kind: 'transition',
  event: 'START_UPLOAD',
  expectedVersion: null,
  idempotencyKey,
  failure: { code: 'A', message: 'a', retryable: true },
  leaseToken: null,
  properties: null,
});

async function registerFor(tenant: string, key: string | null = null): Promise<string> {
  const [answer] = await lifecycle.execute<'register'>([registration(tenant, key)]);
  if (answer?.outcome !== 'registered') throw new Error(JSON.stringify(answer));
  return answer.file.id;
}

it("another tenant's file is not found by any command, and not touched", async () => {
  const fileId = await registerFor('red');
  const never = uuidv7();
  for (const id of [fileId, never]) {
    const commands: Command[] = [
      start('blue', id),
      { ...asked('blue', id), kind: 'progress', bytesReceived: 1 },
      { ...asked('blue', id), kind: 'remove', expectedVersion: null },
    ];
    for (const command of commands) {
      // Answered with the very same words, whether it exists or never did.
      expect(await lifecycle.execute([command])).toEqual([
        { outcome: 'refused', code: 'FILE_NOT_FOUND', message: 'There is no such file.', field: 'id' },
      ]);
    }
  }
  expect(await reader.readFile('red', fileId)).toMatchObject({ state: 'UNTRACKED', version: 0 });
});

it("another tenant's file is not found, rather than busy, while somebody holds its row", async () => {
  const fileId = await registerFor('red');
  const release = await holdFiles(database, fileId);
  const [answer] = await lifecycle.execute<'transition'>([start('blue', fileId)]);
  expect(answer).toMatchObject({ outcome: 'refused', code: 'FILE_NOT_FOUND' });
  await release();
});

it('a unit of work shared by two tenants answers each with its own', async () => {
  const [red, blue] = [await registerFor('red'), await registerFor('blue')];
  const answers = await lifecycle.execute<'transition'>([
    start('red', red),
    start('blue', red),
    start('red', blue),
    start('blue', blue),
  ]);
  expect(answers.map(({ outcome }) => outcome)).toEqual(['transitioned', 'refused', 'refused', 'transitioned']);
});

it("the reader sees its tenant's files and history only", async () => {
  const fileId = await registerFor('red');
  await lifecycle.execute<'transition'>([start('red', fileId)]);
  const page = { after: null, before: null, limit: 100, fromEnd: false };
  const list = await reader.listFiles('blue', { states: null, nameContains: null }, page);
  expect(list.map(({ id }) => id)).not.toContain(fileId);
  expect(await reader.readFile('blue', fileId)).toBeNull();
  expect(await reader.readFiles('blue', [fileId])).toEqual([]);
  const wanted = [{ fileId, before: null }];
  expect(await reader.readTransitions('blue', wanted, page)).toEqual([[]]);
  expect((await reader.readTransitions('red', wanted, page))[0]).toHaveLength(1);
  expect(await reader.readTransitionsByKey('blue', [{ fileId, version: 1 }])).toEqual([]);
  expect(await reader.readTransitionsByKey('red', [{ fileId, version: 1 }])).toHaveLength(1);
  expect((await reader.countByState('green')).size).toBe(0);
});

it('a key used by one tenant is free for another', async () => {
  const [red, blue] = [await registerFor('red', 'same'), await registerFor('blue', 'same')];
  expect(red).not.toBe(blue);
  expect(await registerFor('red', 'same')).toBe(red);
});

it("the feed tells a tenant of its own files, and refuses to watch another's", async () => {
  const changes = await feed.changes('red', LOGGED_CHANGES, feed.cursorAt(feed.place));
  const blue = await registerFor('blue');
  const red = await registerFor('red');
  // Changes of earlier tests may still be on their way.
  const heard: unknown[] = [];
  for await (const change of changes) {
    heard.push('tenant' in change ? change.tenant : null);
    if (change.fileId === red) break;
  }
  expect(new Set(heard)).toEqual(new Set(['red']));
  await expect(feed.file('red', blue)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(feed.uploadProgress('red', blue)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});
