// Files by their metadata or type, from the index of their labels. That index cannot return rows in order, nor stop early,
// and without statistics the planner takes every condition for a rare one: a list of what all files have read 1,000,000 of
// them for its first page. So the newest files are looked at first, as in rare-names.ts.
import { type RawBuilder, sql } from 'kysely';
import type { EntityManager } from '../db/orm.ts';

/** The newest files of the tenant. Fewer than for names: labels may be 16 KiB each, and are stored apart. */
const SAMPLE = 200;
/** What as many files of the sample have is not rare. */
const OFTEN = 5;
/** What the index may find at most, to be sorted for each page. */
const MOST = 1_000;

/** order: read the list in its order; ids: these are all; any: neither is known to be good. */
export type LabelPlan = 'order' | 'any' | { readonly ids: readonly string[] };

/**
 * Call it in the transaction of the list.
 *
 * @param condition on the labels of `a`, a row of file_attributes
 */
export async function planLabels(
  em: EntityManager,
  tenant: string,
  condition: RawBuilder<unknown>,
): Promise<LabelPlan> {
  // The limit as a parameter: the planner then prefers the index that has the rows in order (src/db/planner.ts).
  const newest = sql`(select labels from file_attributes where tenant >= ${tenant} and tenant <= ${tenant}
    order by tenant desc, created_at desc, file_id desc limit ${SAMPLE})`;
  const { rows: counted } = await sql<{ looked: string; found: string }>`
    select count(*) as looked, count(*) filter (where ${condition}) as found
    from ${newest} as a`.execute(em.getKysely());
  const [{ looked, found } = { looked: '0', found: '0' }] = counted;
  if (Number(looked) < SAMPLE || Number(found) >= OFTEN) return 'order';
  const { rows } = await sql<{ id: string }>`
    select a.file_id as id from file_attributes as a where ${condition} limit ${sql.lit(MOST + 1)}`.execute(
    em.getKysely(),
  );
  return rows.length > MOST ? 'any' : { ids: rows.map(({ id }) => id) };
}

/** The same condition, in words that no index serves. */
export const unindexed = (condition: RawBuilder<unknown>): RawBuilder<unknown> => sql`coalesce(${condition}, false)`;
