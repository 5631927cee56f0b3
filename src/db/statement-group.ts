// Statements that leave together: one write, and one Sync behind the last. PostgreSQL sends its answers at a Sync; with one
// behind each statement they would be as many packets, each of which wakes this process
// (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING). After an error the server skips the
// rest of the group, a COMMIT too: then the transaction is still open, and has to be rolled back.
import pg, { type Client, type FieldDef } from 'pg';
import { type GroupedQuery, GroupedStatement, type Wire } from './grouped-statement.ts';
import { endScope } from './scoped-client.ts';

/** Called with what became of a group: of each statement its own promise tells more. */
type Callback = (error?: unknown) => void;
type Ready = { readonly status: string };

const FAILED_TRANSACTION = 'E';

export class StatementGroup extends (pg.Query as unknown as new (config: object) => object) {
  readonly #client: Client;
  readonly statements: GroupedStatement[] = [];
  /** The one that is being answered. */
  #at = 0;
  /** `pg` notes under `name` that a statement is parsed: set for the one whose answer comes next. */
  name: string | undefined;
  text: string | undefined;
  callback: Callback = () => undefined;
  readonly #end = Promise.withResolvers<void>();

  constructor(client: Client) {
    super({ text: '' });
    this.#client = client;
  }

  /** Resolves when every statement has its answer, or none is to be expected any more. */
  get answered(): Promise<void> {
    return this.#end.promise;
  }

  /** How many of the statements may take their time. */
  get weight(): number {
    return Math.max(1, this.statements.filter(({ isQuick }) => !isQuick).length);
  }

  add(query: GroupedQuery): GroupedStatement {
    const statement = new GroupedStatement(query, this.#client);
    this.statements.push(statement);
    return statement;
  }

  submit(connection: Wire): null {
    connection.stream.cork();
    for (const statement of this.statements) statement.write(connection);
    connection.sync();
    endScope(this.#client);
    connection.stream.uncork();
    this.#expect(0);
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: FieldDef[] }): void {
    this.#current.describe(fields);
  }

  handleDataRow({ fields }: { readonly fields: (string | null)[] }): void {
    this.#current.addRow(fields);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    if (this.#current.complete(text)) this.#expect(this.#at + 1);
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  handleReadyForQuery(): void {
    for (const statement of this.statements) statement.resolve();
    this.#close();
  }

  /** Of the server, or of the connection: then nobody knows what became of the statements without an answer. */
  handleError(error: Error, connection: Wire): void {
    for (const { name } of this.statements.slice(this.#at)) {
      if (name !== undefined) delete connection.submittedNamedStatements[name];
    }
    if (!(error instanceof pg.DatabaseError)) return this.#fail(error);
    // What the server says behind an error is the proof of what it has skipped.
    const onReady = ({ status }: Ready): void => {
      connection.off('end', onEnd);
      this.#fail(error, status === FAILED_TRANSACTION);
    };
    const onEnd = (): void => {
      connection.off('readyForQuery', onReady);
      this.#fail(error);
    };
    connection.once('readyForQuery', onReady);
    connection.once('end', onEnd);
  }

  get #current(): GroupedStatement {
    return this.statements[this.#at]!;
  }

  #expect(at: number): void {
    this.#at = at;
    this.name = this.statements[at]?.name;
    this.text = this.statements[at]?.text;
  }

  /** In order, so that what waits for several throws the error of the first. */
  #fail(error: Error, isSkipped = false): void {
    for (const [at, statement] of this.statements.entries()) {
      if (at < this.#at) statement.resolve();
      else statement.reject(error, isSkipped && at > this.#at);
    }
    this.#close(error);
  }

  #close(error?: Error): void {
    this.callback(error);
    this.#end.resolve();
  }
}
