// SELECT ... FOR UPDATE, in id order, so that no two units can wait for each other in a circle.
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '../db/orm.ts';
import { File } from '../entities/file.ts';
import type { Command } from './commands.ts';

/** `skip` leaves out rows that somebody else holds; `wait` waits for them, up to lock_timeout. */
export type LockWait = 'skip' | 'wait';

export interface LockedFiles {
  readonly files: Map<string, File>;
  /** Ids of rows that exist but are held elsewhere. Always empty with `wait`. */
  readonly held: ReadonlySet<string>;
}

function idsByTenant(commands: readonly Command[]): { tenant: string; id: string[] }[] {
  const tenants = new Map<string, Set<string>>();
  for (const { kind, tenant, fileId } of commands) {
    if (kind === 'register') continue;
    const ids = tenants.get(tenant) ?? new Set();
    tenants.set(tenant, ids.add(fileId));
  }
  return [...tenants].map(([tenant, ids]) => ({ tenant, id: [...ids] }));
}

export async function lockFiles(em: EntityManager, commands: readonly Command[], wait: LockWait): Promise<LockedFiles> {
  const wanted = idsByTenant(commands);
  if (wanted.length === 0) return { files: new Map(), held: new Set() };
  const lockMode = wait === 'wait' ? LockMode.PESSIMISTIC_WRITE : LockMode.PESSIMISTIC_PARTIAL_WRITE;
  const rows = await em.find(File, { $or: wanted }, { lockMode, orderBy: { id: 'asc' } });
  const files = new Map(rows.map((file) => [file.id, file]));
  const missing = wanted
    .map(({ tenant, id }) => ({ tenant, id: id.filter((each) => !files.has(each)) }))
    .filter(({ id }) => id.length > 0);
  if (wait === 'wait' || missing.length === 0) return { files, held: new Set() };
  // Skipped or never there? A plain read does not mind the lock.
  const held = await em.fork({ keepTransactionContext: true }).find(File, { $or: missing }, { fields: ['id'] });
  return { files, held: new Set(held.map(({ id }) => id)) };
}
