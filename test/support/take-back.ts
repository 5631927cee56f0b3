// What a failover or a restore does to the log, by SQL, so that each moment can be met.
import type { Pool } from 'pg';
import { ADVISORY_LOCKS } from '../../src/db/advisory-locks.ts';
import { insertChange } from './feed.ts';

/**
 * Takes the log back to a position, as if nothing after it had ever been, and writes so many other changes, at once: of the
 * files 900, 901, ...
 */
export async function takeBack(pool: Pool, position: number, others: number): Promise<void> {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.sequencer]);
  await client.query('create temporary table kept on commit drop as select * from feed_position where position <= $1', [
    position,
  ]);
  await client.query('delete from file_change where id in (select log_id from feed_position where position > $1)', [
    position,
  ]);
  await client.query('delete from feed_position');
  await client.query(`insert into feed_position select position, log_id, fingerprint,
    (select last_value from file_change_id_seq), null, null, null from kept`);
  for (let at = 0; at < others; at += 1) await insertChange(client, 900 + at, 0);
  await client.query(
    `insert into feed_position
    select $1 + row_number() over (order by id), id, (random() * 1e9)::int, id from file_change
    where id not in (select log_id from kept)`,
    [position],
  );
  await client.query('commit');
  client.release();
}
