// One connection of a pool. Its statements are pipelined: each is sent without waiting for the answers of those before
// it, and PostgreSQL runs them in order. MikroORM and Kysely use it through `executeQuery` (dialect.ts).
import { AbortedTransactionError, type CompiledQuery, type DatabaseConnection, type QueryResult } from 'kysely';
import type { PoolClient, QueryConfig } from 'pg';
import { CommandWatchdog } from './command-watchdog.ts';
import type { Answer, GroupedQuery, GroupedStatement } from './grouped-statement.ts';
import { isRollbackVerdict, isConnectionLost } from './pg-errors.ts';
import { hasOwnSession } from './session.ts';
import { StatementGroup } from './statement-group.ts';

/** A prepared statement: PostgreSQL parses it once for each connection. A name stands for one text. */
export interface Statement {
  readonly name: string;
  /** Its parameters are $1, $2, … */
  readonly text: string;
  /** Whether it takes the server no time worth a limit of its own (src/db/command-watchdog.ts). */
  readonly isQuick?: boolean;
}

/** One that is planned each time. */
export type UnnamedStatement = Pick<Statement, 'text'>;

/** How values of the types of PostgreSQL are read. */
export type Parsers = NonNullable<QueryConfig['types']>;

/** Prepared too: PostgreSQL need not read it again each time. */
export const BEGIN: Statement = { name: 'waybill_begin', text: 'begin isolation level read committed' };

export class Connection implements DatabaseConnection {
  readonly #client: PoolClient;
  /** Answers of sent statements that nothing has waited for yet. */
  #sent: Promise<unknown>[] = [];
  /** The answer last waited for; its error says more than that of the COMMIT behind it. */
  #asked: Promise<unknown> | undefined;
  /** What leaves at the end of this turn of the event loop. */
  #group: StatementGroup | undefined;
  /** Why the connection must not be used again. */
  #error: Error | undefined;
  #isRolledBack = false;
  readonly #watchdog: CommandWatchdog | undefined;

  /** @param commandTimeoutMs how long the server may take for each command (src/db/pool.ts) */
  constructor(client: PoolClient, commandTimeoutMs?: number) {
    this.#client = client;
    if (commandTimeoutMs !== undefined) this.#watchdog = new CommandWatchdog(commandTimeoutMs, client);
  }

  /** Waits for the rows. Throws the error of a statement sent before it, if there is one. */
  async query<Row>(
    statement: Statement | UnnamedStatement,
    values: readonly unknown[] = [],
    types?: Parsers,
  ): Promise<Row[]> {
    const { answer } = this.#write({ ...statement, values: [...values], ...(types && { types }) });
    return (await this.#await<Row>(answer)).rows;
  }

  /** Whether the session has the settings that its pool has for it (`ownSession` in src/db/pool.ts). */
  get hasOwnSession(): boolean {
    return hasOwnSession(this.#client);
  }

  /** Sends a statement and waits for nothing; the next one that is waited for throws its error. */
  send(statement: Statement | UnnamedStatement, values: readonly unknown[] = []): void {
    const { answer } = this.#write({ ...statement, values: [...values] });
    answer.catch(() => undefined);
    this.#sent.push(answer);
  }

  /** Whether the server has said that the COMMIT ended in a rollback. */
  get isRolledBack(): boolean {
    return this.#isRolledBack;
  }

  /** @throws the error of what was sent, also of a query that is not answered yet, or AbortedTransactionError */
  async commit(): Promise<void> {
    const sent = this.#sent;
    this.#sent = [];
    const commit = this.#write({ text: 'commit' });
    try {
      const { command } = await commit.answer;
      // PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK, not with an error.
      if (command !== 'ROLLBACK') return;
      this.#isRolledBack = true;
    } catch (error) {
      this.#isRolledBack = commit.isSkipped || isRollbackVerdict(error);
      throw error;
    }
    // In order, so the first error is thrown: those behind it only say that the transaction is aborted.
    await Promise.all([this.#asked, ...sent]);
    throw new AbortedTransactionError();
  }

  /** Rolls back everything, or everything since the savepoint. */
  async rollback(savepoint?: string): Promise<void> {
    this.#sent = [];
    this.#send(); // behind an error it would be skipped with the rest of its group
    try {
      await this.#write({ text: savepoint === undefined ? 'rollback' : `rollback to "${savepoint}"` }).answer;
    } catch (error) {
      this.#error ??= error as Error;
      throw error;
    }
  }

  /** Has the pool close it instead of giving it out again. */
  discard(reason: Error): void {
    this.#error = reason;
  }

  /** Gives it back to the pool, which closes it after a failed rollback. */
  release(): void {
    this.#client.release(this.#error);
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const query = { text: sql, values: [...parameters] };
    // Without parameters it may be several statements, of a migration: they are one message.
    const { rows, rowCount } = await this.#await<Row>(
      parameters.length > 0 ? this.#write(query).answer : this.#ask(sql),
    );
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  }

  streamQuery(): never {
    throw new TypeError('a cursor cannot be pipelined');
  }

  /** @throws the error of a statement sent before, if there is one */
  async #await<Row>(asked: Promise<unknown>): Promise<Answer<Row>> {
    const sent = this.#sent;
    this.#sent = [];
    this.#asked = asked;
    // In order, so the first error is thrown: those behind it only say that the transaction is aborted.
    const [answer] = await Promise.all([asked, ...sent]);
    return answer as Answer<Row>;
  }

  /** Of itself, not in a group. */
  #ask(text: string): Promise<unknown> {
    this.#send();
    const answer = this.#client.query({ text });
    this.#watchdog?.watch(answer);
    this.#noteLoss(answer);
    return answer;
  }

  /** What is written in one turn of the event loop leaves in one write: each costs 40 µs, and wakes the server. */
  #write(query: GroupedQuery): GroupedStatement {
    if (this.#group === undefined) {
      this.#group = new StatementGroup(this.#client);
      process.nextTick(() => this.#send());
    }
    const statement = this.#group.add(query);
    this.#noteLoss(statement.answer);
    return statement;
  }

  #send(): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#group = undefined;
    void this.#client.query(group as unknown as QueryConfig);
    this.#watchdog?.watch(group.answered, group.weight);
  }

  /** The pool closes it: after a failover it leads to a server that takes no writes, though it still answers. */
  #noteLoss(answer: Promise<unknown>): void {
    answer.catch((error: unknown) => {
      if (isConnectionLost(error)) this.#error ??= error as Error;
    });
  }
}
