// Progress of more files than a notification can name: the other replicas read the rows of all uploads.
import { Client, type Pool } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FileSnapshot } from '../../../src/entities/file-snapshot.ts';
import { PROGRESS_CHANNEL } from '../../../src/feed/notify/channels.ts';
import type { Feed } from '../../../src/feed/feed.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { makeFile, startFeed } from '../../support/feed.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';

const FILES = 1_500;
const TENANT = 'local';

let database: TestDatabase;
let pool: Pool;
let feeds: Feed[];
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 10);
  feeds = [await startFeed(pool, database.url), await startFeed(pool, database.url)];
});
afterEach(async () => {
  for (const feed of feeds) await feed.stop();
  await pool.end();
  await database.drop();
});

/** Rows of uploads, as they are after a report was committed. */
async function commitUploads(tenant: string): Promise<FileSnapshot[]> {
  const rows = await database.query<{ id: string; at: Date }>(
    `insert into file (id, tenant, name, content_type, transfer, size, bytes_received, state, version, attempts,
       max_attempts, metadata, created_at, updated_at)
     select gen_random_uuid(), $1, 'a file', 'text/plain', 'EXTERNAL', 100, 42, 'UPLOADING', 1, 1, 5, '{}', now(), now()
     from generate_series(1, $2) returning id, updated_at as at`,
    [tenant, FILES],
  );
  return rows.map(({ id, at }) =>
    makeFile({ id, bytesReceived: 42, createdAt: at.toISOString(), updatedAt: at.toISOString() }),
  );
}

async function listenRaw(): Promise<{ payloads: string[]; stop(): Promise<void> }> {
  const client = new Client({ connectionString: database.url });
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
        where datname = current_database() and application_name = 'waybill-listen' and query in ('listen waybill_webhooks', 'select 1')`),
    (listening) => listening.length === feeds.length,
  );

it('reaches a subscriber to all files at another replica, of more files than can be named', async () => {
  await areListening();
  const raw = await listenRaw();
  const [reporting, other] = feeds as [Feed, Feed];
  const received = new Map<string, number>();
  other.progress.subscribe(null, (tenant, { fileId, bytesReceived }) => {
    expect(tenant).toBe(TENANT);
    received.set(fileId, bytesReceived);
  });
  for (const file of await commitUploads(TENANT)) reporting.reportProgress(TENANT, file);
  await until(
    () => received.size,
    (size) => size === FILES,
  );
  await until(
    () => raw.payloads.length,
    (length) => length > 0,
  );
  await raw.stop();
  expect(new Set(received.values())).toEqual(new Set([42]));
  expect(raw.payloads.map((payload) => payload.slice(22))).toEqual(['*']);
});

it('reaches a subscriber to one file, with the tenant of its row, among more files than can be named', async () => {
  await areListening();
  const [reporting, other] = feeds as [Feed, Feed];
  const files = await commitUploads(TENANT);
  const received: [tenant: string, fileId: string][] = [];
  const subscribed = files[700]!.id;
  other.progress.subscribe(subscribed, (tenant, { fileId }) => received.push([tenant, fileId]));
  for (const file of files) reporting.reportProgress('not its tenant', file);
  await until(
    () => received.length,
    (length) => length > 0,
  );
  // The tenant comes from the row, not from the report.
  expect(received).toEqual([[TENANT, subscribed]]);
});
