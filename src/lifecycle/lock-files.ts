// SELECT ... FOR UPDATE, in id order, so that no two units can wait for each other in a circle.
import type { EntityManager } from '../db/orm.ts';
import { type Prepared, type PreparedCall, prepare, runPrepared } from '../db/prepared.ts';
import type { File } from '../entities/file.ts';
import type { Command } from './commands.ts';

/** `skip` leaves out rows that somebody else holds; `wait` waits for them, up to lock_timeout. */
export type LockWait = 'skip' | 'wait';

export interface LockedFiles {
  readonly files: Map<string, File>;
  /** Ids of rows that exist but are held elsewhere. Always empty with `wait`. */
  readonly held: ReadonlySet<string>;
}

/** A row as the driver reads it: bigint and times are text. */
export type Row = Omit<File, 'size' | 'bytesReceived' | 'createdAt' | 'updatedAt' | 'dueAt'> & {
  readonly [Column in 'bytesReceived' | 'createdAt' | 'updatedAt']: string;
} & { readonly [Column in 'size' | 'dueAt']: string | null };

// Pairs, not two lists: a command sees and locks files of its own tenant only.
const WANTED = 'from unnest($1::text[], $2::uuid[]) as wanted (tenant, id) join file using (tenant, id)';

const LOCK = `select file.id, file.tenant, name, content_type as "contentType", transfer, size,
    bytes_received as "bytesReceived", sha256, digest_declared as "digestDeclared", state, version, attempts,
    max_attempts as "maxAttempts", failure, metadata, created_at as "createdAt", updated_at as "updatedAt",
    due_at as "dueAt" ${WANTED} order by file.id for update of file`;

const LOCKS: Readonly<Record<LockWait, Prepared>> = {
  wait: prepare('lock_wait', LOCK),
  skip: prepare('lock_skip', `${LOCK} skip locked`),
};

// Skipped or never there? A plain read does not mind the lock.
const FIND = prepare('find_held', `select file.id ${WANTED}`);

type Wanted = Pick<Command, 'tenant' | 'fileId'>;

const keysOf = (wanted: readonly Wanted[]): unknown[] => [
  wanted.map(({ tenant }) => tenant),
  wanted.map(({ fileId }) => fileId),
];

function wantedBy(commands: readonly Command[]): Wanted[] {
  const tenants = new Map<string, Set<string>>();
  const wanted: Wanted[] = [];
  for (const { kind, tenant, fileId } of commands) {
    if (kind === 'register') continue;
    const seen = tenants.get(tenant) ?? new Set();
    if (seen.has(fileId)) continue;
    tenants.set(tenant, seen.add(fileId));
    wanted.push({ tenant, fileId });
  }
  return wanted;
}

function toFile(row: Row): File {
  return {
    ...row,
    size: row.size === null ? null : Number(row.size),
    bytesReceived: Number(row.bytesReceived),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    dueAt: row.dueAt === null ? null : new Date(row.dueAt),
  };
}

/** The statement that locks what the commands speak of: the first one of their unit. */
export const lockingOf = (commands: readonly Command[], wait: LockWait): PreparedCall => ({
  statement: LOCKS[wait],
  parameters: keysOf(wantedBy(commands)),
});

/** What was locked, and what could not be. */
export async function readLocked(
  em: EntityManager,
  commands: readonly Command[],
  wait: LockWait,
  rows: readonly Row[],
): Promise<LockedFiles> {
  const wanted = wantedBy(commands);
  const files = new Map(rows.map((row) => [row.id, toFile(row)]));
  const missing = wanted.filter(({ fileId }) => !files.has(fileId));
  if (wait === 'wait' || missing.length === 0) return { files, held: new Set() };
  const held = await runPrepared<{ readonly id: string }>(em, FIND, keysOf(missing));
  return { files, held: new Set(held.map(({ id }) => id)) };
}
