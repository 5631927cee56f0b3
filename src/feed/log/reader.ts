// Reads the change log in feed order, and turns its rows into changes.
import type { Pool } from 'pg';
import { type RowOf, columnsOf, namesOf } from '../../db/columns.ts';
import { asService } from '../../db/scope.ts';
import { FileChange } from '../../entities/file-change.ts';
import { type FileSnapshot, JSON_COLUMNS, type JsonColumn } from '../../entities/file-snapshot.ts';
import { type JsonObject, JsonText } from '../../entities/json-text.ts';
import type { LoggedChange } from '../change.ts';
import { cursorExpired } from '../cursor.ts';

export interface FeedState {
  readonly feedId: string;
  /** The last position. */
  readonly head: number;
  /** Positions up to this one were pruned. */
  readonly trimmed: number;
  /** When the oldest change without a position was written; null when there is none. */
  readonly pendingSince: Date | null;
}

/** A row of the log that has its position, as the driver reads it. */
export type ChangeRow = Omit<RowOf<FileChange>, 'id' | 'file'> & {
  readonly file: Omit<FileSnapshot, JsonColumn>;
} & {
  /** Of the file, as text. A change from before there were properties has none. */
  readonly [Column in JsonColumn]: string | null;
};

const OTHERS = namesOf(columnsOf(FileChange, 'id', 'file'));
/** The columns of a ChangeRow, from a statement that returned COLUMNS. */
export const NAMES = `${OTHERS}, file, ${JSON_COLUMNS.join(', ')}`;
/** Thousands of changes are kept in memory: their JSON as text (entities/json-text.ts). */
export const COLUMNS = [
  OTHERS,
  `file - '{${JSON_COLUMNS.join()}}'::text[] as file`,
  ...JSON_COLUMNS.map((name) => `(file -> '${name}')::text as ${name}`),
].join(', ');

const parseText = (text: string | null): JsonObject => (text === null ? {} : new JsonText(text));

export function toChange(row: ChangeRow): LoggedChange {
  const { event, from_state: from, to_state: to, failure, version, actor } = row;
  const occurredAt = row.occurred_at.toISOString();
  const common = { fileId: row.file_id, version, occurredAt };
  const isTransition = event !== null && from !== null && to !== null;
  const file = { ...row.file, metadata: parseText(row.metadata), properties: parseText(row.properties) };
  const transition = isTransition ? { ...common, event, from, to, attemptId: row.attempt_id, actor, failure } : null;
  return { ...common, position: Number(row.position), kind: row.kind, tenant: row.tenant, file, transition };
}

const STATE = `select feed_id, position, trimmed,
    (select occurred_at from file_change where position is null order by id limit 1) as since from feed_head`;

interface StateRow {
  readonly feed_id: string;
  readonly position: string;
  readonly trimmed: string;
  readonly since: Date | null;
}

export async function readFeedState(pool: Pool): Promise<FeedState> {
  const { rows } = await asService(() => pool.query<StateRow>(STATE));
  const [row] = rows;
  if (row === undefined) throw new TypeError('feed_head has no row');
  return {
    feedId: row.feed_id,
    head: Number(row.position),
    trimmed: Number(row.trimmed),
    pendingSince: row.since,
  };
}

/** The next changes after a position, of every tenant. */
export async function readChanges(pool: Pool, after: number, limit: number): Promise<LoggedChange[]> {
  const statement = {
    name: 'feed-read-changes',
    text: `select ${COLUMNS} from file_change where position > $1 order by position limit $2`,
    values: [after, limit],
  };
  const { rows } = await asService(() => pool.query<ChangeRow>(statement));
  return rows.map(toChange);
}

const PAGE = 200;

/**
 * The same, a page at a time, for a stream that is behind.
 * @throws CursorError CURSOR_EXPIRED when changes after the position were pruned
 */
export async function readPage(pool: Pool, after: number): Promise<LoggedChange[]> {
  const changes = await readChanges(pool, after, PAGE);
  // Checked after the page was read: pruning in between is noticed, and pruning from now on does not hurt the page.
  const { trimmed, feedId } = await readFeedState(pool);
  if (after < trimmed) throw cursorExpired(feedId, trimmed);
  return changes;
}
