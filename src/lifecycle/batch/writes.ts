// All that a batch writes, in one statement: MikroORM's flush, which takes several and builds each of them anew, was most
// of what a transition cost (docs/adr/0014). One JSON document for each table, so the text never changes and the server
// parses it once.
import { type Column, columnsOf, namesOf, propertiesOf, recordOf } from '../../db/columns.ts';
import type { Statement } from '../../db/connection.ts';
import { each } from '../../db/planner.ts';
import type { Transaction } from '../../db/transact.ts';
import { ByteCountDelta } from '../../entities/byte-count-delta.ts';
import { FileChange } from '../../entities/file-change.ts';
import { FileCountDelta } from '../../entities/file-count-delta.ts';
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { File } from '../../entities/file.ts';
import { textOf } from '../../entities/json-text.ts';
import { toLogged } from '../../entities/logged-file.ts';
import { IdempotencyRecord } from '../../entities/idempotency-record.ts';
import { MetadataHeader } from '../../entities/metadata-header.ts';
import { toStored } from '../../entities/processing.ts';
import { type ByteDelta, type CountDelta, byteDeltas, countDeltas } from './count-deltas.ts';
import { TextWrites, publishText, withdrawText } from './text-writes.ts';

/** A row of the log before the database has numbered it. */
export type NewChange = Omit<FileChange, 'id' | 'file'> & { readonly file: FileSnapshot };

/** What may change of a file after its registration. */
const VARIABLE = [
  'bytesReceived',
  'sha256',
  'state',
  'version',
  'attempts',
  'maxAttempts',
  'failure',
  'properties',
  'processing',
  'queue',
  'claimableAt',
  'updatedAt',
  'dueAt',
] as const satisfies (keyof File)[];

type Variable = Pick<File, 'id' | (typeof VARIABLE)[number]>;

const variableColumns = columnsOf(File).filter(({ property }) => (VARIABLE as readonly string[]).includes(property));
const idColumn = columnsOf(File).filter(({ property }) => property === 'id');

/** Makes a part of the statement from the parameter that carries its document. */
type Part = (document: string) => string;

// Rows are numbered in the order of the document, which within a file is that of its versions.
const insertInto =
  (table: string, columns: readonly Column[]): Part =>
  (document) =>
    `insert into ${table} (${namesOf(columns)})
    select ${propertiesOf(columns)} from json_to_recordset(${document}) as r (${recordOf(columns)})`;

const updateFile: Part = (document) => `update file
    set ${variableColumns.map(({ name, property }) => `${name} = r."${property}"`).join(', ')}
    from json_to_recordset(${document}) as r (${recordOf([...idColumn, ...variableColumns])}) where file.id = ${each('r.id')}`;

const deleteFile: Part = (ids) => `delete from file
    using json_array_elements_text(${ids}) as gone (id) where file.id = ${each('gone.id::uuid')}`;

const changeColumns = columnsOf(FileChange, 'id', 'file');

// The JSON of the file comes beside it, as text that need not be parsed (entities/json-text.ts).
const insertChange: Part = (document) => `insert into file_change (${namesOf(changeColumns)}, file)
    select ${propertiesOf(changeColumns)}, r."file"
      || case when r."properties" is null then '{}' else jsonb_build_object('properties', r."properties"::jsonb) end
      || case when r."metadata" is null then '{}' else jsonb_build_object('metadata', r."metadata"::jsonb) end
    from json_to_recordset(${document}) as r (${recordOf(changeColumns)}, "file" jsonb, "metadata" text, "properties" text)`;

/** Metadata may be 16 KiB, and never changes: the row of the registration has it (feed/log/reader.ts). */
function loggedMetadata({ kind, file }: NewChange): string | undefined {
  const text = textOf(file.metadata);
  return kind === 'REGISTERED' || text === '{}' ? text : undefined;
}

/** Most files have none before they are processed. */
function loggedProperties({ properties }: FileSnapshot): string | undefined {
  const text = textOf(properties);
  return text === '{}' ? undefined : text;
}

function toLogRow(change: NewChange): object {
  const { metadata: _metadata, properties: _properties, ...file } = change.file;
  const own = { metadata: loggedMetadata(change), properties: loggedProperties(change.file) };
  return { ...change, file: toLogged(change, file), ...own };
}

const PARTS = {
  create: insertInto('file', columnsOf(File)),
  header: insertInto('metadata_header', columnsOf(MetadataHeader)),
  change: updateFile,
  remove: deleteFile,
  remember: insertInto('idempotency_record', columnsOf(IdempotencyRecord)),
  count: insertInto('file_count_delta', columnsOf(FileCountDelta, 'id')),
  bytes: insertInto('byte_count_delta', columnsOf(ByteCountDelta, 'id')),
  log: insertChange,
  publish: publishText,
  withdraw: withdrawText,
};
type PartName = keyof typeof PARTS;
const PART_NAMES = Object.keys(PARTS) as PartName[];

const statements = new Map<string, Statement>();

/**
 * The statement of these parts, which see one snapshot and run in no promised order; none of them touches a row of
 * another. Only those that have something to do are in it: the others cost the server 60 of the 730 µs that a lone
 * transition takes it.
 */
function statementOf(names: readonly PartName[]): Statement {
  // A number for the parts: PostgreSQL tells names apart by their first 63 characters.
  const name = `waybill_write_${names.reduce((sum, part) => sum + 2 ** PART_NAMES.indexOf(part), 0)}`;
  const known = statements.get(name);
  if (known !== undefined) return known;
  const parts = names.map((part, at) => PARTS[part](`$${at + 1}::json`));
  const before = parts.slice(0, -1).map((part, at) => `${names[at]!}_rows as (${part})`);
  const statement = { name, text: `${before.length > 0 ? `with ${before.join()}` : ''}${parts.at(-1)!}` };
  statements.set(name, statement);
  return statement;
}

/** As in src/db/grouped-statement.ts. */
const BLANK: Readonly<Record<string, unknown>> = Object.fromEntries(['id', ...VARIABLE].map((name) => [name, null]));

function variableOf(file: File): Variable {
  const variable: Record<string, unknown> = { ...BLANK, id: file.id };
  for (const name of VARIABLE) variable[name] = file[name];
  return variable as unknown as Variable;
}

const toRow = (row: Pick<File, 'processing'>): object => ({
  ...row,
  processing: toStored(row.processing ?? null),
});

export class BatchWrites {
  readonly #before: ReadonlyMap<File, Variable>;
  readonly #created: File[] = [];
  readonly #headers: MetadataHeader[] = [];
  readonly #removed: string[] = [];
  /** In the order in which they happened. */
  readonly changes: NewChange[] = [];
  readonly #records: IdempotencyRecord[] = [];
  readonly texts = new TextWrites();

  /** A decider just changes its file: a locked row is written if it is no longer as it is now. */
  constructor(locked: Iterable<File>) {
    this.#before = new Map(Array.from(locked, (file) => [file, variableOf(file)]));
  }

  get created(): readonly File[] {
    return this.#created;
  }

  create(file: File, metadataHeader: string | null = null): void {
    this.#created.push(file);
    if (metadataHeader !== null) this.#headers.push({ fileId: file.id, tenant: file.tenant, value: metadataHeader });
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

  send(transaction: Transaction): void {
    const moves = this.#moves();
    const rows: Record<PartName, readonly unknown[]> = {
      create: this.#created.map(toRow),
      header: this.#headers,
      change: moves.flatMap(([before, now]) => (differ(now, before) ? [toRow(now)] : [])),
      remove: this.#removed,
      remember: this.#records,
      count: this.#counts(),
      bytes: this.#bytes(),
      log: this.changes.map(toLogRow),
      publish: this.texts.live(moves),
      withdraw: this.texts.gone(moves),
    };
    const names = PART_NAMES.filter((name) => rows[name].length > 0);
    if (names.length === 0) return;
    const documents = names.map((name) => JSON.stringify(rows[name]));
    transaction.send(statementOf(names), documents);
  }

  #counts(): CountDelta[] {
    const gone = new Set(this.#removed);
    const moved = [...this.#before].map(([{ id, tenant, state }, before]) => {
      return { tenant, from: before.state, to: gone.has(id) ? null : state };
    });
    return countDeltas([...moved, ...this.#created.map(({ tenant, state }) => ({ tenant, from: null, to: state }))]);
  }

  #bytes(): ByteDelta[] {
    const before = [...this.#before].map(([{ tenant, transfer, size }, { state, bytesReceived }]) => {
      return { tenant, transfer, size, state, bytesReceived };
    });
    return byteDeltas(before, this.#remaining());
  }

  /** What there is of the batch's files afterwards. */
  #remaining(): File[] {
    const gone = new Set(this.#removed);
    return [...[...this.#before.keys()].filter(({ id }) => !gone.has(id)), ...this.#created];
  }

  /** The locked files that stay: as they were, and as they are now. */
  #moves(): (readonly [before: Variable, now: Variable])[] {
    const gone = new Set(this.#removed);
    const left = [...this.#before].filter(([{ id }]) => !gone.has(id));
    return left.map(([file, before]) => [before, variableOf(file)] as const);
  }
}

// A time is set to another one or left alone: it is never changed in itself.
const differ = (now: Variable, before: Variable): boolean => VARIABLE.some((name) => now[name] !== before[name]);
