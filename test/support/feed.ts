// Makes files, changes and feeds for tests of the feed, in memory and in the log of a database.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { FileSnapshot } from '../../src/entities/file-snapshot.ts';
import type { LoggedChange } from '../../src/feed/change.ts';
import { cursorExpired, feedForked } from '../../src/feed/cursor.ts';
import type { ChangeSource } from '../../src/feed/delivery/change-stream.ts';
import { SharedSlice } from '../../src/feed/delivery/shared-slice.ts';
import type { RingBuffer } from '../../src/feed/delivery/ring-buffer.ts';
import type { Router } from '../../src/feed/delivery/router.ts';
import { Feed, type FeedOptions } from '../../src/feed/feed.ts';
import { Pages } from '../../src/feed/log/pages.ts';
import { postgresNotifier } from '../../src/feed/notify/postgres.ts';
import { readFeedState } from '../../src/feed/log/state.ts';
import type { Place } from '../../src/feed/place.ts';
import { createLogger } from '../../src/log.ts';

const FEED_ID = '018f0000-0000-7000-8000-00000000feed';
export const FILE_ID = '018f0000-0000-7000-8000-000000000000';
const AT = '2026-01-01T00:00:00.000Z';

export function makeFile(fields: Partial<FileSnapshot> = {}): FileSnapshot {
  return {
    id: FILE_ID,
    name: 'a file',
    contentType: 'text/plain',
    transfer: 'EXTERNAL',
    size: 100,
    bytesReceived: 0,
    sha256: null,
    state: 'UPLOADING',
    version: 1,
    attempts: 1,
    maxAttempts: 5,
    failure: null,
    metadata: {},
    properties: {},
    processing: null,
    retryAt: null,
    createdAt: AT,
    updatedAt: AT,
    ...fields,
  };
}

/** A source without a table: `readBehind` is asked for what the ring buffer does not hold. */
export const sourceOf = (ring: RingBuffer, router: Router, readBehind: ChangeSource['readBehind']): ChangeSource => ({
  ring,
  router,
  readBehind,
  slice: new SharedSlice(),
  reach: () => Promise.resolve(),
  forked: () => feedForked(FEED_ID, ring.place),
  undeliverable: (place) => cursorExpired(FEED_ID, place),
});

/** A place in a feed whose fingerprints are its positions. */
export const placeAt = (position: number): Place => ({ position, fingerprint: position });

/** The change whose result is `file`. */
export function makeChange(position: number, file = makeFile(), fields: Partial<LoggedChange> = {}): LoggedChange {
  const { id: fileId, version } = file;
  return {
    ...placeAt(position),
    kind: version === 0 ? 'REGISTERED' : 'TRANSITIONED',
    tenant: 'local',
    fileId,
    version,
    file,
    transition: null,
    occurredAt: AT,
    ...fields,
  };
}

export const fileIdOf = (index: number): string => `018f0000-0000-7000-8000-${String(index).padStart(12, '0')}`;

const INSERT_CHANGES = `insert into file_change
  (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file, occurred_at)
  select 'local', $1, version, case version when 0 then 'REGISTERED' else 'TRANSITIONED' end,
    case version when 0 then null else 'RETRY' end, case version when 0 then null else 'FAILED' end,
    case version when 0 then null else 'UNTRACKED' end, gen_random_uuid(), 'test',
    $3::jsonb || jsonb_build_object('version', version), now()
  from generate_series($2::int, $4::int) as version
  where pg_current_xact_id() is not null`; // as writers do: src/db/transact.ts

/** A statement that writes the versions of a file to the log. */
export function changesInsert(
  index: number,
  version: number,
  last = version,
  fields: Partial<FileSnapshot> = {},
): { readonly name: string; readonly text: string; readonly values: unknown[] } {
  const file = makeFile({ ...fields, id: fileIdOf(index) });
  return { name: 'test_insert_changes', text: INSERT_CHANGES, values: [file.id, version, JSON.stringify(file), last] };
}

/** Writes the versions of a file to the log, unsequenced and without the lifecycle. */
export async function insertChange(on: Pool | PoolClient, ...change: Parameters<typeof changesInsert>): Promise<void> {
  const { text, values } = changesInsert(...change);
  await on.query(text, values);
}

/** Every change that can still be read, in feed order. */
export async function readAll(pool: Pool): Promise<LoggedChange[]> {
  const pages = new Pages(pool, createLogger('silent'));
  const all: LoggedChange[] = [];
  for (let after = (await readFeedState(pool)).trimmed, isFull = true; isFull;) {
    const page = await pages.read(after);
    all.push(...page.changes);
    isFull = page.isFull;
    after = all.at(-1) ?? after;
  }
  return all;
}

/** The feed of a replica, without the rest of its program. Its files do not exist unless `readFile` says otherwise. */
export const startFeed = (
  pool: Pool,
  listenUrl: string,
  options: Partial<Omit<FeedOptions, 'pool'>> = {},
): Promise<Feed> =>
  Feed.start({
    pool,
    openNotifier: postgresNotifier({ pool, listenUrl, log: createLogger('silent') }),
    log: createLogger('silent'),
    now: () => performance.now(),
    readFile: () => Promise.resolve(null),
    replicaId: randomUUID(),
    retentionMs: 864e5,
    ...options,
  });
