// The ids of the change log come from a sequence, and the feed never looks below the ids that it has passed. A logical replica
// gets the rows and not the values of sequences (https://www.postgresql.org/docs/current/logical-replication-restrictions.html),
// so a start sets it.
import type { Client } from 'pg';
import type { Logger } from '../log.ts';

/** Of file_change.id. */
export const LOG_IDS = 'file_change_id_seq';

const LIFT = `
  with wanted as (
    select greatest((select seen from feed_position order by position desc limit 1), (select max(id) from file_change)) as id
  )
  select setval('${LOG_IDS}', id) as id from wanted
  where case when has_sequence_privilege('${LOG_IDS}', 'UPDATE') then coalesce(pg_sequence_last_value('${LOG_IDS}'), 0) < id end`;

/** Call it when the database is migrated, and no replica writes. Whoever may not set the sequence leaves it. */
export async function liftLogIds(client: Client, log: Logger): Promise<void> {
  const { rows } = await client.query<{ id: string }>(LIFT);
  if (rows.length > 0) log.warn({ id: rows[0]!.id }, `the sequence ${LOG_IDS} was behind the log, and is set`);
}
