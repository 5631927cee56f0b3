// Looks which tenants have files in a queue, and when the next file can be claimed. It reads a row or two of each tenant
// from the index file_queue, however long the queues are.
import type { Pool } from 'pg';
import { Connection, type Statement } from '../../db/connection.ts';
import { PLANNER_SETTINGS } from '../../db/planner.ts';
import { asService, asTenants } from '../../db/scope.ts';
import type { Queue } from '../../entities/processing.ts';

/** A tenant that has files in the queue. */
export interface TenantQueue {
  readonly tenant: string;
  /** Whether a file of it can be claimed now. */
  readonly isDue: boolean;
  /** Milliseconds until the next one can be: a pause ends, or a lease. Null: no such file. */
  readonly nextMs: number | null;
}

/** Tenants in their order; of one page. */
export interface TenantRange {
  /** Not included; empty: from the first one. */
  readonly after: string;
  /** The page ends here, or one tenant later; null: it has no end. */
  readonly through: string | null;
}

/** Tenants that one statement returns at most. */
export const PAGE = 200;

const ORDER = 'order by file.queue, file.tenant, file.claimable_at, file.id limit 1';

// Each is a lookup in file_queue: no other index has rows in this order (src/db/planner.ts).
const firstWhere = (condition: string): string =>
  `select file.tenant, file.claimable_at from file where file.queue = $1 and ${condition} ${ORDER}`;

// Compared as a row, the pair is the place in the index where the scan starts: it does not walk over files that are due.
const summary = (found: string): string => `select ${found}.tenant, ${found}.claimable_at <= now() as "isDue",
    ceil(extract(epoch from upcoming.claimable_at - now()) * 1000)::float8 as "nextMs"
  from ${found} left join lateral (
    ${firstWhere(`(file.tenant, file.claimable_at) > (${found}.tenant, now()) and file.tenant <= ${found}.tenant`)}
  ) as upcoming on true`;

const SCAN_ALL: Statement = {
  name: 'waybill_scan_queue',
  text: `with recursive found as (
    (${firstWhere('file.tenant > $2')})
    union all
    (select following.* from found cross join lateral (${firstWhere('file.tenant > found.tenant')}) as following
      where $3::text is null or found.tenant < $3)
  ) ${summary('found')} limit ${PAGE}`,
};

const SCAN_GIVEN: Statement = {
  name: 'waybill_scan_queue_of',
  text: `with found as (
    select first.* from unnest($2::text[]) as given (tenant)
    cross join lateral (${firstWhere('file.tenant >= given.tenant and file.tenant <= given.tenant')}) as first
  ) ${summary('found')}`,
};

// A scan takes a millisecond. One that waits for a database that hangs is given up; the next wake-up scans again.
const OPEN: Statement = {
  name: 'waybill_open_scan',
  text: `select set_config('statement_timeout', '3000', true), ${PLANNER_SETTINGS}`,
};

/** @returns a page of the tenants that have files in the queue */
export const scanRange = (pool: Pool, queue: Queue, { after, through }: TenantRange): Promise<TenantQueue[]> =>
  asService(() => scan(pool, SCAN_ALL, [queue, after, through]));

/** @returns those of the tenants that have files in the queue */
export const scanTenants = (pool: Pool, queue: Queue, tenants: readonly string[]): Promise<TenantQueue[]> =>
  asTenants(tenants, () => scan(pool, SCAN_GIVEN, [queue, tenants]));

/** All in one round trip. */
async function scan(pool: Pool, statement: Statement, values: readonly unknown[]): Promise<TenantQueue[]> {
  const connection = new Connection(await pool.connect());
  try {
    connection.send({ text: 'begin isolation level read committed, read only' });
    connection.send(OPEN);
    const [tenants] = await Promise.all([connection.query<TenantQueue>(statement, values), connection.commit()]);
    return tenants;
  } catch (error) {
    connection.discard(error as Error); // a connection that failed halfway is not reused
    throw error;
  } finally {
    connection.release();
  }
}
