// The changes of a few files after a place, without those of others in between: for streams of single files that are behind.
// Streams that ask at the same moment share a statement.
import type { Pool } from 'pg';
import { Gatherer } from '../../db/gather.ts';
import { asService } from '../../db/scope.ts';
import type { LoggedChange } from '../change.ts';
import { type Place, isSamePlace } from '../place.ts';
import { COLUMNS, type PageRow, toChange } from './reader.ts';

/** Files of one stream; for more the log is read page by page. */
export const MOST_FILES = 16;
/** Changes of one file. */
const MOST_CHANGES = 64;
/** Streams of one statement. */
const MOST_STREAMS = 64;

export interface FileQuestion {
  readonly tenant: string;
  /** At most MOST_FILES. */
  readonly fileIds: readonly string[];
  readonly after: Place;
}

export interface FileAnswer {
  /** In feed order. */
  readonly changes: readonly LoggedChange[];
  /** There are no others up to here: the head of the log. */
  readonly upTo: Place;
}

/** What there is of one file of a question; without a change where there is none. */
type Row = PageRow & {
  readonly at: number;
  readonly head: string;
  readonly head_fingerprint: number;
  /** At the place to read on from; null: nothing stands there. */
  readonly standing: number | null;
};

// From the newest on, by (file, version); LATERAL with LIMIT, so that there is one plan (src/db/planner.ts). One more than there
// may be says that there are too many.
const READ = {
  name: 'waybill_read_file_changes',
  text: `with head as materialized (select position, fingerprint from feed_position order by position desc limit 1)
  select asked.at, head.position as head, head.fingerprint as head_fingerprint,
    (select fingerprint from feed_position where position = asked.after) as standing, found.*
  from head, unnest($1::int[], $2::bigint[], $3::text[], $4::uuid[]) as asked (at, after, tenant, file_id)
  left join lateral (
    select place.position, place.fingerprint, ${COLUMNS}
    from file_change as change
    cross join lateral (select position, fingerprint from feed_position where log_id = change.id limit 1) as place
    where change.file_id = asked.file_id and change.tenant is not distinct from asked.tenant
      and place.position > asked.after
    order by change.version desc limit ${MOST_CHANGES + 1}
  ) as found on true`,
};

export class FileChanges {
  readonly #pool: Pool;
  readonly #questions = new Gatherer((questions: readonly FileQuestion[]) => this.#read(questions), {
    most: MOST_STREAMS,
    // The poller always has a connection (src/db/pools.ts): pages take two of the four.
    atOnce: 1,
  });

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Null: too many changes, or something else than the place asked for stands there. Read page by page then. */
  read(question: FileQuestion): Promise<FileAnswer | null> {
    return this.#questions.add(question);
  }

  async #read(questions: readonly FileQuestion[]): Promise<(FileAnswer | null)[]> {
    const asked = questions.flatMap(({ tenant, fileIds, after }, at) =>
      fileIds.map((fileId) => ({ at, after: after.position, tenant, fileId })),
    );
    const values = [
      asked.map(({ at }) => at),
      asked.map(({ after }) => after),
      asked.map(({ tenant }) => tenant),
      asked.map(({ fileId }) => fileId),
    ];
    const { rows } = await asService(() => this.#pool.query<Row>({ ...READ, values }));
    const byQuestion = Map.groupBy(rows, ({ at }) => at);
    return questions.map((question, at) => answerOf(question, byQuestion.get(at) ?? []));
  }
}

function answerOf({ after }: FileQuestion, rows: readonly Row[]): FileAnswer | null {
  const [first] = rows;
  if (first?.standing == null || !isSamePlace(after, { ...after, fingerprint: first.standing })) return null;
  const found = rows.filter(({ position }) => position !== null);
  const byFile = Map.groupBy(found, ({ file_id: fileId }) => fileId);
  if ([...byFile.values()].some(({ length }) => length > MOST_CHANGES)) return null;
  const changes = found.map(toChange).toSorted((a, b) => a.position - b.position);
  return { changes, upTo: { position: Number(first.head), fingerprint: first.head_fingerprint } };
}
