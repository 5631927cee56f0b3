// Folds file_count_delta, where batches insert, into file_count, and byte_count_delta into byte_count. Readers add each pair
// up in one snapshot, so the counts are always exact; folding keeps that sum short.
import { sql } from 'kysely';
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts';
import type { MikroORM } from '../../db/orm.ts';
import { asService } from '../../db/scope.ts';
import { PeriodicTask } from '../../jobs/periodic-task.ts';
import type { Logger } from '../../log.ts';

const EVERY_MS = 1_000;
const BATCH = 5_000;

export function foldCounts(orm: MikroORM, log: Logger): PeriodicTask {
  return new PeriodicTask({ name: 'counts', everyMs: EVERY_MS, log }, async (signal) => {
    for (const fold of [foldOnce, foldBytesOnce]) {
      let folded: number;
      do folded = await fold(orm, BATCH);
      while (folded === BATCH && !signal.aborted);
    }
  });
}

/**
 * One folds at a time, and who comes meanwhile leaves it to that one: to lock each row instead, which a delta lives through
 * once, took as much log as to delete it. A row that is gone since the snapshot is not taken twice.
 */
const MY_TURN = sql`(select pg_try_advisory_xact_lock(${sql.lit(ADVISORY_LOCKS.foldCounts)}::bigint))`;

/** @returns how many deltas were folded; 0 also where another one folds */
export async function foldOnce(orm: MikroORM, limit: number): Promise<number> {
  // In one order everywhere, or two replicas could deadlock.
  const fold = sql<{ folded: number }>`
    with taken as (
      delete from file_count_delta where ${MY_TURN} and id in (
        select id from file_count_delta order by id limit ${limit}
      ) returning tenant, state, files, from_state
    ), folded as (
      insert into file_count (tenant, state, files)
      select tenant, state, sum(files) from (
        select tenant, state, files from taken
        union all select tenant, from_state, -files from taken where from_state is not null
      ) as moved group by tenant, state order by tenant, state
      on conflict (tenant, state) do update set files = file_count.files + excluded.files
    )
    select count(*)::int as folded from taken`;
  const { rows } = await asService(() => fold.execute(orm.em.fork().getKysely()));
  return rows[0]?.folded ?? 0;
}

/** The same for the bytes of tenants. */
export async function foldBytesOnce(orm: MikroORM, limit: number): Promise<number> {
  const fold = sql<{ folded: number }>`
    with taken as (
      delete from byte_count_delta where ${MY_TURN} and id in (
        select id from byte_count_delta order by id limit ${limit}
      ) returning tenant, bytes
    ), folded as (
      insert into byte_count (tenant, bytes)
      select tenant, sum(bytes) from taken group by tenant order by tenant
      on conflict (tenant) do update set bytes = byte_count.bytes + excluded.bytes
    )
    select count(*)::int as folded from taken`;
  const { rows } = await asService(() => fold.execute(orm.em.fork().getKysely()));
  return rows[0]?.folded ?? 0;
}
