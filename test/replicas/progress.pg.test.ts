// Progress of more files than can be named in a notification: the others are told "all there are", and read the rows.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FileSnapshot } from '../../src/entities/file-snapshot.ts';
import { PROGRESS_CHANNEL } from '../../src/feed/channels.ts';
import { Feed } from '../../src/feed/feed.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const FILES = 1_500;
const TENANT = 'local';

let database: TestDatabase;
let pool: pg.Pool;
let feeds: Feed[];
beforeEach(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  feeds = [await startFeed(), await startFeed()];
});
afterEach(async () => {
  for (const feed of feeds) await feed.stop();
  await pool.end();
  await database.drop();
});

function startFeed(): Promise<Feed> {
  return Feed.start({
    pool,
    log: createLogger('silent'),
    now: () => performance.now(),
    readFile: () => Promise.resolve(null),
    listenUrl: database.url,
    replicaId: randomUUID(),
    retentionMs: 864e5,
  });
}

/** Rows of uploads, as they are after a report was committed. */
async function commitUploads(tenant: string): Promise<FileSnapshot[]> {
  const rows = await database.query<{ id: string; at: Date }>(
    `insert into file (id, tenant, name, content_type, transfer, size, bytes_received, state, version, attempts,
       max_attempts, metadata, created_at, updated_at)
     select gen_random_uuid(), $1, 'a file', 'text/plain', 'EXTERNAL', 100, 42, 'UPLOADING', 1, 1, 5, '{}', now(), now()
     from generate_series(1, $2) returning id, updated_at as at`,
    [tenant, FILES],
  );
  return rows.map(({ id, at }) => ({
    id,
    name: 'a file',
    contentType: 'text/plain',
    transfer: 'EXTERNAL',
    size: 100,
    bytesReceived: 42,
    sha256: null,
    state: 'UPLOADING',
    version: 1,
    attempts: 1,
    maxAttempts: 5,
    failure: null,
    metadata: {},
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
  }));
}

async function listenRaw(): Promise<{ payloads: string[]; stop(): Promise<void> }> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const payloads: string[] = [];
  client.on('notification', ({ payload = '' }) => payloads.push(payload));
  await client.query(`listen ${PROGRESS_CHANNEL}`);
  return { payloads, stop: () => client.end() };
}

const areListening = (): Promise<unknown> =>
  until(
    () =>
      database.query(`select from pg_stat_activity
        where datname = current_database() and application_name = 'waybill-listen' and query = 'listen waybill_progress'`),
    (listening) => listening.length === feeds.length,
  );

it('of more files than can be named, whoever listens at another replica hears all', async () => {
  await areListening();
  const raw = await listenRaw();
  const [told, hearing] = feeds as [Feed, Feed];
  const heard = new Map<string, number>();
  hearing.progress.listen(null, (tenant, { fileId, bytesReceived }) => {
    expect(tenant).toBe(TENANT);
    heard.set(fileId, bytesReceived);
  });
  for (const file of await commitUploads(TENANT)) told.reportProgress(TENANT, file);
  await until(
    () => heard.size,
    (size) => size === FILES,
  );
  await raw.stop();
  expect(new Set(heard.values())).toEqual(new Set([42]));
  expect(raw.payloads.map((payload) => payload.slice(22))).toEqual(['*']);
});

it('of more files than can be named, who listens to one hears of that one, of its own tenant only', async () => {
  await areListening();
  const [told, hearing] = feeds as [Feed, Feed];
  const files = await commitUploads(TENANT);
  const heard: [tenant: string, fileId: string][] = [];
  const wanted = files[700]!.id;
  hearing.progress.listen(wanted, (tenant, { fileId }) => heard.push([tenant, fileId]));
  for (const file of files) told.reportProgress('whoever said so', file);
  await until(
    () => heard.length,
    (length) => length > 0,
  );
  // By the row's word and not by the messenger's.
  expect(heard).toEqual([[TENANT, wanted]]);
});
