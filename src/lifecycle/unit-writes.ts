// All that a unit of work writes, in one statement: MikroORM's flush, which takes several and builds each of them anew,
// was most of what a transition cost (docs/adr/0014). One document for each table, so the text never changes and the
// server parses it once.
import type { EntityManager } from '../db/orm.ts';
import { type CountDelta, countDeltas } from './count-deltas.ts';
import { type Prepared, prepareToldLater, runPrepared } from '../db/prepared.ts';
import type { FileChange } from '../entities/file-change.ts';
import type { File } from '../entities/file.ts';
import type { IdempotencyRecord } from '../entities/idempotency-record.ts';

/** A row of the log before the database has numbered it. */
export type NewChange = Omit<FileChange, 'id' | 'position'>;

const VARIABLE = `id uuid, "bytesReceived" bigint, sha256 text, state text, version int, attempts int, failure jsonb,
  "updatedAt" timestamptz, "dueAt" timestamptz`;
const CONSTANT = `tenant text, name text, "contentType" text, transfer text, size bigint, "digestDeclared" boolean,
  "maxAttempts" int, metadata jsonb, "createdAt" timestamptz`;

const CREATE = (files: string): string => `
  insert into file (id, tenant, name, content_type, transfer, size, bytes_received, sha256, digest_declared, state,
    version, attempts, max_attempts, failure, metadata, created_at, updated_at, due_at)
  select id, tenant, name, "contentType", transfer, size, "bytesReceived", sha256, "digestDeclared", state,
    version, attempts, "maxAttempts", failure, metadata, "createdAt", "updatedAt", "dueAt"
  from json_to_recordset(${files}) as f (${VARIABLE}, ${CONSTANT})`;

const CHANGE = (files: string): string => `
  update file set bytes_received = f."bytesReceived", sha256 = f.sha256, state = f.state, version = f.version,
    attempts = f.attempts, failure = f.failure, updated_at = f."updatedAt", due_at = f."dueAt"
  from json_to_recordset(${files}) as f (${VARIABLE}) where file.id = f.id`;

const REMOVE = (ids: string): string => `delete from file where id in (select json_array_elements_text(${ids})::uuid)`;

const REMEMBER = (records: string): string => `
  insert into idempotency_record (tenant, scope, key, fingerprint, file_id, version, created_at)
  select tenant, scope, key, fingerprint, "fileId", version, "createdAt"
  from json_to_recordset(${records}) as r (tenant text, scope text, key text, fingerprint text, "fileId" uuid,
    version int, "createdAt" timestamptz)`;

const COUNT = (deltas: string): string => `
  insert into file_count_delta (tenant, state, files)
  select tenant, state, files from json_to_recordset(${deltas}) as d (tenant text, state text, files int)`;

// Rows are numbered in the order of the document, which within a file is that of its versions.
const LOG = (changes: string): string => `
  insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, failure, file,
    occurred_at)
  select tenant, "fileId", version, kind, event, "fromState", "toState", "attemptId", actor, failure, file, "occurredAt"
  from json_to_recordset(${changes}) as c (tenant text, "fileId" uuid, version int, kind text, event text,
    "fromState" text, "toState" text, "attemptId" uuid, actor text, failure jsonb, file jsonb, "occurredAt" timestamptz)`;

const PARTS = { create: CREATE, change: CHANGE, remove: REMOVE, remember: REMEMBER, count: COUNT, log: LOG };
type PartName = keyof typeof PARTS;
const PART_NAMES = Object.keys(PARTS) as PartName[];

const statements = new Map<string, Prepared>();

/**
 * The statement of these parts, which see one snapshot and run in no promised order; none of them touches a row of
 * another. Only those that have something to do are in it: the others cost the server 60 of the 730 µs that a lone
 * transition takes it.
 */
function statementOf(names: readonly PartName[]): Prepared {
  const name = `write_${names.join('_')}`;
  const known = statements.get(name);
  if (known !== undefined) return known;
  const parts = names.map((part, at) => PARTS[part](`$${at + 1}::json`));
  const before = parts.slice(0, -1).map((part, at) => `${names[at]!}_rows as (${part})`);
  const statement = prepareToldLater(name, `${before.length > 0 ? `with ${before.join()}` : ''}${parts.at(-1)!}`);
  statements.set(name, statement);
  return statement;
}

type Variable = Pick<
  File,
  'id' | 'bytesReceived' | 'sha256' | 'state' | 'version' | 'attempts' | 'failure' | 'updatedAt' | 'dueAt'
>;

/** What may change of a file after its registration. */
const variableOf = ({
  id,
  bytesReceived,
  sha256,
  state,
  version,
  attempts,
  failure,
  updatedAt,
  dueAt,
}: File): Variable => ({ id, bytesReceived, sha256, state, version, attempts, failure, updatedAt, dueAt });

export class UnitWrites {
  readonly #before: ReadonlyMap<File, Variable>;
  readonly #created: File[] = [];
  readonly #removed: string[] = [];
  /** In the order in which they happened. */
  readonly changes: NewChange[] = [];
  readonly #records: IdempotencyRecord[] = [];

  /** Of the locked rows those are written that are no longer as they are now: a decider just changes its file. */
  constructor(locked: Iterable<File>) {
    this.#before = new Map(Array.from(locked, (file) => [file, variableOf(file)]));
  }

  create(file: File): void {
    this.#created.push(file);
  }

  remove(file: File): void {
    this.#removed.push(file.id);
  }

  log(change: NewChange): void {
    this.changes.push(change);
  }

  remember(record: IdempotencyRecord): void {
    this.#records.push(record);
  }

  /** Sends it; what is wrong with it, the next statement or COMMIT will say. */
  async write(em: EntityManager): Promise<void> {
    const rows: Record<PartName, readonly unknown[]> = {
      create: this.#created,
      change: this.#changed(),
      remove: this.#removed,
      remember: this.#records,
      count: this.#counts(),
      log: this.changes,
    };
    const names = PART_NAMES.filter((name) => rows[name].length > 0);
    if (names.length === 0) return;
    await runPrepared(
      em,
      statementOf(names),
      names.map((name) => JSON.stringify(rows[name])),
    );
  }

  #counts(): CountDelta[] {
    const gone = new Set(this.#removed);
    const before = [...this.#before].map(([{ tenant }, { state }]) => ({ tenant, state }));
    const left = [...this.#before.keys()].filter(({ id }) => !gone.has(id));
    return countDeltas(before, [...left, ...this.#created]);
  }

  #changed(): Variable[] {
    const gone = new Set(this.#removed);
    const changed: Variable[] = [];
    for (const [file, before] of this.#before) {
      const now = variableOf(file);
      if (!gone.has(file.id) && differ(now, before)) changed.push(now);
    }
    return changed;
  }
}

function differ(now: Variable, before: Variable): boolean {
  for (const column in now) {
    const name = column as keyof Variable;
    // A time is set to another one or left alone: it is never changed in itself.
    if (now[name] !== before[name]) return true;
  }
  return false;
}
