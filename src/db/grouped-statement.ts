// One statement of a group (statement-group.ts): what it sends, and the answer that it is given piece by piece.
import pg, { type Client, type FieldDef, type QueryConfig } from 'pg';
import { hasPreparedScope, scopeBefore, sendScope } from './scoped-client.ts';
import { UnnamedClient } from './unnamed-client.ts';

/** The connection of `pg`, with what its types do not show. */
export type Wire = Client['connection'] &
  Record<'parse' | 'bind' | 'describe' | 'execute', (message: object) => void> & {
    readonly parsedStatements: Record<string, string | undefined>;
    readonly submittedNamedStatements: Record<string, string | undefined>;
    sync(): void;
  };

export interface Answer<Row = unknown> {
  /** The command that was executed: `SELECT`. */
  readonly command: string;
  readonly rows: Row[];
  readonly rowCount: number;
}

type Types = NonNullable<QueryConfig['types']>;

/** How rows of a prepared statement are read. */
interface Columns {
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
  /** A row without values, of which each row is a copy: an object that gets its members one by one is a slow one (V8). */
  readonly blank: Readonly<Record<string, unknown>>;
  readonly types: Types;
}

/** By connection and name: the server says it once, and need not be asked again. */
const known = new WeakMap<Wire, Map<string, Columns>>();

type Reading = Omit<Columns, 'types'>;

const NONE: Reading = { names: [], parsers: [], blank: {} };

/** Opens or ends a transaction: it takes no time of its own, and gives no rows. */
const CONTROL = /^(begin|commit|rollback)\b/;

const { utils } = pg as unknown as { readonly utils: { prepareValue(this: void, value: unknown): unknown } };

export interface GroupedQuery extends QueryConfig {
  readonly isQuick?: boolean;
}

export class GroupedStatement {
  readonly name: string | undefined;
  readonly text: string;
  readonly isControl: boolean;
  readonly isQuick: boolean;
  /** As `pg` sends them. */
  readonly values: readonly unknown[];
  readonly #types: Types;
  /** Null: it is set already, or there is none. */
  readonly #scope: string | null;
  #isScopeSet: boolean;
  #columns: Reading = NONE;
  #connection: Wire | undefined;
  readonly #rows: unknown[] = [];
  #tag = '';
  #isSkipped = false;
  readonly #answer = Promise.withResolvers<Answer>();
  readonly #client: Client;

  constructor({ name, text, values = [], types, isQuick = false }: GroupedQuery, client: Client) {
    this.#client = client;
    this.name = client instanceof UnnamedClient ? undefined : name;
    this.text = text;
    this.isControl = CONTROL.test(text);
    this.isQuick = isQuick || this.isControl;
    this.values = values.map(utils.prepareValue);
    this.#types = types ?? client;
    this.#scope = scopeBefore(client, text);
    this.#isScopeSet = this.#scope === null;
  }

  get answer(): Promise<Answer> {
    return this.#answer.promise;
  }

  /** Whether the server has said that it was not executed, because one before it failed. */
  get isSkipped(): boolean {
    return this.#isSkipped;
  }

  write(connection: Wire): void {
    if (this.#scope !== null) sendScope(connection, this.#scope, hasPreparedScope(this.#client));
    const { name = '', text } = this;
    if (name === '' || (connection.parsedStatements[name] ?? connection.submittedNamedStatements[name]) === undefined) {
      connection.parse({ name, text });
      if (name !== '') connection.submittedNamedStatements[name] = text;
    }
    connection.bind({ statement: name, values: this.values });
    const columns = known.get(connection)?.get(name);
    if (columns?.types === this.#types) this.#columns = columns;
    else if (!this.isControl) connection.describe({ type: 'P', name: '' });
    this.#connection = connection;
    connection.execute({ portal: '' });
  }

  describe(fields: readonly FieldDef[]): void {
    const parsers = fields.map(({ dataTypeID }) => this.#types.getTypeParser(dataTypeID as never, 'text'));
    const names = fields.map(({ name }) => name);
    const blank = Object.fromEntries(names.map((name) => [name, null]));
    const columns = { names, parsers, blank, types: this.#types } as Columns;
    this.#columns = columns;
    if (this.name === undefined) return;
    const ofConnection = known.get(this.#connection!) ?? new Map<string, Columns>();
    known.set(this.#connection!, ofConnection.set(this.name, columns));
  }

  addRow(values: readonly (string | null)[]): void {
    if (!this.#isScopeSet) return;
    const { names, parsers, blank } = this.#columns;
    const row: Record<string, unknown> = { ...blank };
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at]!;
      row[names[at]!] = value === null ? null : parsers[at]!(value);
    }
    this.#rows.push(row);
  }

  /** @returns whether this was its own answer, and not that to its scope */
  complete(tag: string): boolean {
    if (!this.#isScopeSet) {
      this.#isScopeSet = true;
      return false;
    }
    this.#tag = tag;
    return true;
  }

  resolve(): void {
    // As `INSERT 0 1`, `SELECT 1` or `COMMIT`.
    const [command = '', ...counts] = this.#tag.split(' ');
    this.#answer.resolve({ command, rows: this.#rows, rowCount: Number(counts.at(-1) ?? 0) });
  }

  reject(error: unknown, isSkipped: boolean): void {
    this.#isSkipped = isSkipped;
    this.#answer.reject(error);
  }
}
