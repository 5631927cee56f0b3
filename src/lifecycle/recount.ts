// Compares the kept counts of files and bytes with the rows, and puts right what differs: after somebody has changed rows by
// hand, or a migration ran beside a replica of the version before.
import { sql } from 'kysely';
import { ADVISORY_LOCKS } from '../db/advisory-locks.ts';
import type { EntityManager, MikroORM } from '../db/orm.ts';
import { asService } from '../db/scope.ts';
import { KEPT_COUNTS } from '../entities/file-count-delta.ts';
import type { FileState } from '../fsm/machine.ts';
import type { Logger } from '../log.ts';
import { RESERVED_BYTES } from './reserved-bytes.ts';

export interface Correction {
  readonly tenant: string;
  readonly state: FileState;
  /** What was added to the kept count; negative if it was too high. */
  readonly files: number;
}

/**
 * Replicas may go on working. A batch changes rows and counts in one commit, so in one snapshot they differ by the error
 * only; it is corrected with one more delta, like a batch's.
 */
export async function recountFiles(orm: MikroORM, log: Logger): Promise<Correction[]> {
  const correct = async (em: EntityManager): Promise<Correction[]> => {
    const db = em.getKysely();
    // Two at once would correct the same error twice. A statement of its own: the snapshot must be younger than the lock.
    await sql`select pg_advisory_xact_lock(${sql.lit(ADVISORY_LOCKS.recount)}::bigint)`.execute(db);
    const { rows } = await sql<Correction>`
      insert into file_count_delta (tenant, state, files)
      select tenant, state, sum(files) from (
        select tenant, state, count(*) as files from file group by tenant, state
        union all select tenant, state, -files from ${sql.raw(KEPT_COUNTS)} as kept
      ) as differences group by tenant, state having sum(files) <> 0
      returning tenant, state, files`.execute(db);
    return rows;
  };
  const corrections = await asService(() => orm.em.fork().transactional(correct));
  await asService(() => recountBytes(orm, log));
  for (const correction of corrections) log.warn({ ...correction }, 'corrected a count of files');
  log.info({ corrections: corrections.length }, 'counted the files');
  return corrections;
}

/** The bytes of tenants, in the same way. */
async function recountBytes(orm: MikroORM, log: Logger): Promise<void> {
  const corrections = await orm.em.fork().transactional(async (em) => {
    const db = em.getKysely();
    await sql`select pg_advisory_xact_lock(${sql.lit(ADVISORY_LOCKS.recount)}::bigint)`.execute(db);
    const { rows } = await sql<{ readonly tenant: string; readonly bytes: string }>`
      insert into byte_count_delta (tenant, bytes)
      select tenant, sum(bytes) from (
        select tenant, ${sql.raw(RESERVED_BYTES)} as bytes from file
        union all select tenant, -bytes from byte_count
        union all select tenant, -bytes from byte_count_delta
      ) as differences group by tenant having sum(bytes) <> 0
      returning tenant, bytes`.execute(db);
    return rows;
  });
  for (const correction of corrections) log.warn({ ...correction }, 'corrected the bytes of a tenant');
}
