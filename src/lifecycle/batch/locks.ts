// SELECT ... FOR UPDATE, in id order, so that two batches cannot deadlock.
import type { Statement } from '../../db/connection.ts';
import type { Transaction } from '../../db/transact.ts';
import type { File } from '../../entities/file.ts';
import type { Command } from '../commands.ts';
import { LOCKED_COLUMNS, type LockedRow, toFile } from './locked-row.ts';

/** `skip` leaves out rows that another transaction has locked; `wait` waits for them, up to lock_timeout. */
export type LockWait = 'skip' | 'wait';

export interface LockedFiles {
  /** Plain objects of the entity's shape: as entities that MikroORM manages, each would cost 40 µs. */
  readonly files: Map<string, File>;
  /** Ids of rows that another transaction has locked. Always empty with `wait`. */
  readonly contended: ReadonlySet<string>;
}

/**
 * Rows are found by their primary key, one after the other, and their tenant is compared before they are locked: a command
 * sees and locks files of its own tenant only (src/db/planner.ts).
 */
const findWanted = (columns: string, lock: string): string => `select found.*
    from (select * from unnest($1::text[], $2::uuid[]) as pair (tenant, id) order by id) as wanted
    cross join lateral (
      select ${columns} from file where file.id = wanted.id and file.tenant is not distinct from wanted.tenant ${lock}
    ) as found`;

const LOCKS: Readonly<Record<LockWait, Statement>> = {
  wait: { name: 'waybill_lock_wait', text: findWanted(LOCKED_COLUMNS, 'for update') },
  skip: { name: 'waybill_lock_skip', text: findWanted(LOCKED_COLUMNS, 'for update skip locked') },
};

// Tells rows that were skipped from rows that do not exist: a plain read ignores row locks.
const FIND: Statement = { name: 'waybill_find_contended', text: findWanted('file.id', 'limit 1') };

type Wanted = Pick<Command, 'tenant' | 'fileId'>;

const keysOf = (wanted: readonly Wanted[]): unknown[] => [
  wanted.map(({ tenant }) => tenant),
  wanted.map(({ fileId }) => fileId),
];

function wantedBy(commands: readonly Command[]): Wanted[] {
  const tenants = new Map<string, Set<string>>();
  const wanted: Wanted[] = [];
  for (const { kind, tenant, fileId } of commands) {
    if (kind === 'register' || kind === 'claim') continue;
    const seen = tenants.get(tenant) ?? new Set();
    if (seen.has(fileId)) continue;
    tenants.set(tenant, seen.add(fileId));
    wanted.push({ tenant, fileId });
  }
  return wanted;
}

export async function lockFiles(
  transaction: Transaction,
  commands: readonly Command[],
  wait: LockWait,
): Promise<LockedFiles> {
  const wanted = wantedBy(commands);
  const rows = await transaction.query<LockedRow>(LOCKS[wait], keysOf(wanted));
  const files = new Map(rows.map((row) => [row.id, toFile(row)]));
  const missing = wanted.filter(({ fileId }) => !files.has(fileId));
  if (wait === 'wait' || missing.length === 0) return { files, contended: new Set() };
  const contended = await transaction.query<Pick<File, 'id'>>(FIND, keysOf(missing));
  return { files, contended: new Set(contended.map(({ id }) => id)) };
}
