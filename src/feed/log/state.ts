// Where the feed stands: its newest place, how far it was pruned, and since when a change waits for its position.
import type { Pool } from 'pg';
import { LOG_IDS } from '../../db/log-ids.ts';
import { asService } from '../../db/scope.ts';
import { type CursorError, cursorExpired, feedForked } from '../cursor.ts';
import { type Place, isSamePlace } from '../place.ts';

export interface FeedState {
  readonly feedId: string;
  /** The newest place. */
  readonly head: Place;
  /** The place of the last change that was pruned. */
  readonly trimmed: Place;
  /** When the oldest change without a position was written; null when there is none. */
  readonly pendingSince: Date | null;
  /** What stands at the position that was asked for; null: nothing. */
  readonly standing: Place | null;
}

interface Row {
  readonly feed_id: string;
  readonly position: string;
  readonly fingerprint: number;
  readonly trimmed: string;
  readonly trimmed_fingerprint: number;
  readonly since: Date | null;
  readonly standing: readonly (number | null)[];
  readonly is_id_behind: boolean;
}

// Rows without a position are those the sequencer has not looked at, and those whose ids it missed (sequencer.ts).
const READ = `
  select feed_id, trimmed, newest.position, newest.fingerprint,
    (select fingerprint from feed_position where position = trimmed) as trimmed_fingerprint,
    array(select (select fingerprint from feed_position where position = at) from unnest($1::bigint[]) as at) as standing,
    least(
      (select occurred_at from file_change where id > newest.seen order by id limit 1),
      (select min(late.occurred_at) from unnest(newest.missing) as gap, lateral (
        select occurred_at from file_change where id >= lower(gap) and id < upper(gap) order by id limit 1) as late)
    ) as since,
    coalesce(pg_sequence_last_value('${LOG_IDS}'), 0) < newest.seen as is_id_behind
  from feed_head, lateral (select * from feed_position order by position desc limit 1) as newest`;

/** The sequencer has passed the ids that writers are given now: it would never look at their rows. */
const ID_BEHIND =
  `the sequence ${LOG_IDS} is behind the ids that the feed has passed, as in a logical replica, which does not get the values of ` +
  'sequences: stop every replica and start one again; it sets the sequence';

/**
 * @param at a position: the answer says what stands there
 * @throws Error when new changes would not be seen
 */
export async function readFeedState(pool: Pool, at = 0): Promise<FeedState> {
  const [state] = await readFeedStates(pool, [at]);
  return state!;
}

/** The same for several positions, in one snapshot. */
export async function readFeedStates(pool: Pool, positions: readonly number[]): Promise<FeedState[]> {
  const { rows } = await asService(() => pool.query<Row>(READ, [positions]));
  const [row] = rows;
  if (row === undefined) throw new TypeError('the feed has no head');
  if (row.is_id_behind) throw new Error(ID_BEHIND);
  const state = {
    feedId: row.feed_id,
    head: { position: Number(row.position), fingerprint: row.fingerprint },
    trimmed: { position: Number(row.trimmed), fingerprint: row.trimmed_fingerprint },
    pendingSince: row.since,
  };
  return positions.map((position, at) => {
    const fingerprint = row.standing[at] ?? null;
    return { ...state, standing: fingerprint === null ? null : { position, fingerprint } };
  });
}

/** Why nobody can go on from a place, as of a state that was asked for its position; null: one can. */
export function faultOf(place: Place, { feedId, head, trimmed, standing }: FeedState): CursorError | null {
  if (place.position < trimmed.position) return cursorExpired(feedId, trimmed);
  return standing !== null && isSamePlace(standing, place) ? null : feedForked(feedId, head);
}
