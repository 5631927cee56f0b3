// Makes files, changes and feeds for tests of the feed, in memory and in the log of a database.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { FileSnapshot } from '../../src/entities/file-snapshot.ts';
import type { LoggedChange } from '../../src/feed/change.ts';
import { Feed, type FeedOptions } from '../../src/feed/feed.ts';
import { createLogger } from '../../src/log.ts';

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

/** The change whose result is `file`. */
export function makeChange(position: number, file = makeFile(), fields: Partial<LoggedChange> = {}): LoggedChange {
  const { id: fileId, version } = file;
  return {
    position,
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

const INSERT = `insert into file_change
  (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file, occurred_at)
  select 'local', $1, version, case version when 0 then 'REGISTERED' else 'TRANSITIONED' end,
    case version when 0 then null else 'RETRY' end, case version when 0 then null else 'FAILED' end,
    case version when 0 then null else 'UNTRACKED' end, gen_random_uuid(), 'test',
    $3::jsonb || jsonb_build_object('version', version), now()
  from generate_series($2::int, $4::int) as version`;

/** Writes the versions of a file to the log, unsequenced and without the lifecycle. */
export async function insertChange(
  on: Pool | PoolClient,
  index: number,
  version: number,
  last = version,
  fields: Partial<FileSnapshot> = {},
): Promise<void> {
  const file = makeFile({ ...fields, id: fileIdOf(index) });
  await on.query(INSERT, [file.id, version, JSON.stringify(file), last]);
}

/** The feed of a replica, without the rest of its program. Its files do not exist unless `readFile` says otherwise. */
export const startFeed = (
  pool: Pool,
  listenUrl: string,
  options: Partial<Omit<FeedOptions, 'pool' | 'listenUrl'>> = {},
): Promise<Feed> =>
  Feed.start({
    pool,
    listenUrl,
    log: createLogger('silent'),
    now: () => performance.now(),
    readFile: () => Promise.resolve(null),
    replicaId: randomUUID(),
    retentionMs: 864e5,
    ...options,
  });
