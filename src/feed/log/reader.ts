// Reads the change log in feed order, and turns its rows into changes.
import { type RowOf, columnsOf, namesOf } from '../../db/columns.ts';
import { FileChange } from '../../entities/file-change.ts';
import { type FileSnapshot, JSON_COLUMNS, type JsonColumn } from '../../entities/file-snapshot.ts';
import { type JsonObject, JsonText } from '../../entities/json-text.ts';
import { type LoggedFile, fromLogged } from '../../entities/logged-file.ts';
import type { LoggedChange } from '../change.ts';
import type { Place } from '../place.ts';

/** A row of the log with its place, as the driver reads it. */
export type ChangeRow = Omit<RowOf<FileChange>, 'id' | 'file'> & {
  readonly position: string;
  readonly fingerprint: number;
  readonly file: LoggedFile;
} & {
  /** Of the file, as text. A change from before there were properties has none. */
  readonly [Column in JsonColumn]: string | null;
};

/** A row of a page. The first is the place to read on from, without its change. */
export type PageRow = Pick<ChangeRow, 'position' | 'fingerprint'> & {
  readonly [Column in keyof ChangeRow]: ChangeRow[Column] | null;
};

const OTHERS = namesOf(columnsOf(FileChange, 'id', 'file'));
/** Thousands of changes are kept in memory: their JSON as text (entities/json-text.ts). Metadata is logged once. */
/** Of `file_change as change`. */
export const COLUMNS = [
  OTHERS,
  `file - '{${JSON_COLUMNS.join()}}'::text[] as file`,
  `case when file ? 'metadata' then (file -> 'metadata')::text else (
    select (registered.file -> 'metadata')::text from file_change as registered
    where registered.file_id = change.file_id and registered.version = 0 limit 1
  ) end as metadata`,
  `(file -> 'properties')::text as properties`,
].join(', ');

// LATERAL with LIMIT: the one plan is to find each row by its id (src/db/planner.ts).
const pageOf = (columns: string): string => `
  select place.position, place.fingerprint, change.*
  from (select position, fingerprint, log_id from feed_position where position >= $1 order by position limit $2) as place
  left join lateral (
    select ${columns} from file_change as change where id = place.log_id and place.position > $1 limit 1
  ) as change on true
  order by place.position`;

/** Parameters: the position to read on from, and how many rows, that one included. */
export const PAGE = { name: 'waybill_read_page', text: pageOf(COLUMNS) };
/** The same without what cannot be read of a damaged row. */
export const OUTLINE = { name: 'waybill_read_outline', text: pageOf(OTHERS) };

/** One change by its position, in the shape of a row of a page. */
export const AT = {
  name: 'waybill_read_change',
  text: `select place.position, place.fingerprint, change.*
    from (select position, fingerprint, log_id from feed_position where position = $1) as place
    cross join lateral (select ${COLUMNS} from file_change as change where id = place.log_id limit 1) as change`,
};

/** The places alone, where PostgreSQL cannot read the page of the table that the row is in. */
export const BARE = {
  name: 'waybill_read_places',
  text: `select position, fingerprint, null as kind from feed_position where position >= $1 order by position limit $2`,
};

const parseText = (text: string | null): JsonObject => (text === null ? {} : new JsonText(text));

const isWhole = (row: PageRow): row is ChangeRow => row.kind !== null && row.file != null;

/** @param row of a page, but not its first */
export function toChange(row: PageRow): LoggedChange {
  return isWhole(row) ? wholeChange(row) : damagedChange(row);
}

function wholeChange(row: ChangeRow): LoggedChange {
  const { file_id: fileId, version, to_state: toState, failure, occurred_at: occurredAt } = row;
  const file = fromLogged({ fileId, version, toState, failure, occurredAt }, row.file);
  return {
    ...headOf(row),
    file: { ...file, metadata: parseText(row.metadata), properties: parseText(row.properties) },
  };
}

function headOf(row: Omit<ChangeRow, 'file' | JsonColumn>): Omit<LoggedChange, 'file'> {
  const { event, from_state: from, to_state: to, failure, version, actor } = row;
  const occurredAt = row.occurred_at.toISOString();
  const common = { fileId: row.file_id, version, occurredAt };
  const isTransition = event !== null && from !== null && to !== null;
  const transition = isTransition ? { ...common, event, from, to, attemptId: row.attempt_id, actor, failure } : null;
  return { ...common, ...placeOfRow(row), kind: row.kind, tenant: row.tenant, transition };
}

export const placeOfRow = ({ position, fingerprint }: Pick<PageRow, keyof Place>): Place => ({
  position: Number(position),
  fingerprint,
});

/** Of a row that cannot be read: everything but the file, or nothing at all where somebody has deleted it. */
function damagedChange(row: PageRow): LoggedChange {
  const head = row.kind === null ? { ...GONE, ...placeOfRow(row) } : headOf(row as ChangeRow);
  return { ...head, file: { id: head.fileId, version: head.version } as FileSnapshot, isDamaged: true };
}

/** For no tenant and no file: see `mayConcern`. */
const GONE = {
  fileId: '',
  version: 0,
  tenant: '',
  kind: 'TRANSITIONED',
  transition: null,
  occurredAt: new Date(0).toISOString(),
} as const;
