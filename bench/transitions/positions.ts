// Positions of the feed, by SQL.

/**
 * Gives every row of the log that has none a position, in the order of ids: what the sequencer does, for tables that are
 * filled by SQL.
 */
export const GIVE_POSITIONS = `
  insert into feed_position (position, log_id, fingerprint, seen)
  select newest.position + row_number() over (order by id), id, id::int, case when id = max(id) over () then id end
  from (select position, seen from feed_position order by position desc limit 1) as newest, file_change
  where id > newest.seen`;

/** Rows of the log without a position, where nothing was pruned. */
export const WITHOUT_POSITION =
  'select from file_change where not exists (select from feed_position where log_id = file_change.id)';
