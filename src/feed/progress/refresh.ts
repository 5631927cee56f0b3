// Reads the progress that other replicas have announced from the rows of the files, which have the newest.
import type { Pool } from 'pg';
import { asService } from '../../db/scope.ts';
import type { FileState } from '../../fsm/machine.ts';
import { statesWith } from '../../fsm/tags.ts';
import { type StoredProcessing, visibleProcessing } from '../../entities/processing.ts';
import type { ProgressHub } from './hub.ts';

const MOVING = [...statesWith('receiving'), ...statesWith('processing')];

interface Row {
  readonly id: string;
  readonly tenant: string;
  readonly state: FileState;
  readonly version: number;
  readonly bytes_received: string;
  readonly size: string | null;
  readonly updated_at: Date;
  readonly processing: StoredProcessing | null;
  readonly claimable_at: Date | null;
}

const UPLOADS = `select id, tenant, state, version, bytes_received, size, updated_at, processing, claimable_at
  from file where state = any($1)`;

function readUploads(pool: Pool, ids: readonly string[] | null): Promise<{ rows: Row[] }> {
  if (ids !== null) return pool.query<Row>(`${UPLOADS} and id = any($2)`, [MOVING, ids]);
  return pool.query<Row>(`${UPLOADS} and updated_at > now() - interval '2 seconds' limit 5000`, [MOVING]);
}

/** Reports to the hub the progress of these files, or of those that changed in the last two seconds (null). */
export async function refreshProgress(pool: Pool, hub: ProgressHub, fileIds: readonly string[] | null): Promise<void> {
  const ids = hub.withSubscribers(fileIds);
  if (ids?.length === 0) return;
  const { rows } = await asService(() => readUploads(pool, ids));
  for (const row of rows) {
    hub.report(row.tenant, {
      id: row.id,
      state: row.state,
      version: row.version,
      bytesReceived: Number(row.bytes_received),
      size: row.size === null ? null : Number(row.size),
      processing: visibleProcessing(row.processing, row.claimable_at?.toISOString() ?? null),
      updatedAt: row.updated_at.toISOString(),
    });
  }
}
