// Files by a part of their name, from the index that src/db/name-index.ts makes where it can. The index cannot return rows
// in order, nor stop early, so it is asked only for words that are rare. For all others, lists are read in their order
// until the page is full, which is soon.
import { sql } from 'kysely';
import type { EntityManager } from '../db/orm.ts';
import { escapeLike } from './escape-like.ts';

/** The newest files of the tenant, in which a word is looked for first. */
const SAMPLE = 2_000;
/** A word that is in as many names of the sample is not rare. */
const OFTEN = 20;
/** What the index may find at most; lists of more are read in their order. */
const MOST = 1_000;

/**
 * Call it in the transaction of the list.
 *
 * @returns the ids of all files of the tenant with that text in their name, or null if the list is to be read in its order
 */
export async function findRareNames(em: EntityManager, tenant: string, text: string): Promise<string[] | null> {
  if (!hasTrigram(text)) return null;
  const pattern = `%${escapeLike(text)}%`;
  // The limit as a parameter: the planner then prefers the index that has the rows in order (src/db/planner.ts).
  const newest = sql`(select name from file_attributes where tenant >= ${tenant} and tenant <= ${tenant}
    order by tenant desc, created_at desc, file_id desc limit ${SAMPLE})`;
  // Each condition is only looked at if those before it hold.
  const { rows: advice } = await sql<{ ask: boolean }>`
    select case
      when not exists (
        select from pg_index where indexrelid = to_regclass('file_attributes_name_trgm') and indisvalid
      ) then false
      when (select count(*) from (
        select from ${newest} as n where name ilike ${pattern} limit ${sql.lit(OFTEN)}
      ) as found) = ${sql.lit(OFTEN)} then false
      else (select count(*) from ${newest} as n) = ${sql.lit(SAMPLE)} end as ask`.execute(em.getKysely());
  if (advice[0]?.ask !== true) return null;
  const { rows } = await sql<{ id: string }>`
    select file_id as id from file_attributes where array[tenant] @> array[${tenant}]::text[] and name ilike ${pattern}
    limit ${sql.lit(MOST + 1)}`.execute(em.getKysely());
  return rows.length > MOST ? null : rows.map(({ id }) => id);
}

/**
 * Three letters or digits in a row (https://www.postgresql.org/docs/current/pgtrgm.html). ASCII only: whether others are
 * letters depends on the locale of the database, and without a trigram PostgreSQL reads the whole index.
 */
export const hasTrigram = (text: string): boolean => /[a-z\d]{3}/i.test(text);
