// The one wrapper around a write transaction. Statements in it are prepared and pipelined, and an entity manager may join it. Isolation is READ COMMITTED, PostgreSQL's default: order comes from row locks.
import { Kysely } from 'kysely';
import { DomainError } from '../errors.ts';
import { BEGIN, Connection, type Statement } from './connection.ts';
import { dialectOf } from './dialect.ts';
import type { EntityManager, MikroORM } from './orm.ts';
import { isConnectionLost } from './pg-errors.ts';
import { PLANNER_SESSION, PLANNER_SETTINGS } from './planner.ts';
import { KEEPALIVES, type SessionSettings } from './session.ts';

export interface TransactionLimits {
  /** How long to wait for a row lock, milliseconds. */
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** The server ends a session that sends no statement for so long: a stalled process must not keep row locks. */
  readonly idleTimeoutMs: number;
}

/** COMMIT was sent and was not answered with a verdict: only the database knows whether it happened. */
export class CommitOutcomeUnknown extends DomainError<'COMMIT_OUTCOME_UNKNOWN'> {
  /** The transaction's id (xid8, decimal), for pg_xact_status. */
  readonly xid: string;

  constructor(xid: string, cause: unknown) {
    super('COMMIT_OUTCOME_UNKNOWN', 'the database has not said what became of the transaction', { cause });
    this.xid = xid;
  }
}

// The transaction has its id from the start. In-doubt commits are looked up by it, and the sequencer relies on it: a transaction
// must have its id before it takes one of the log (src/feed/log/sequencer.ts).
const OPENED = 'now() as now, pg_current_xact_id()::text as xid';

/** Where the session has the settings that a transaction needs. */
const OPEN: Statement = { name: 'waybill_open', text: `select ${OPENED}`, isQuick: true };

const SET_AND_OPEN: Statement = {
  name: 'waybill_set_and_open',
  text: `select set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
    set_config('idle_in_transaction_session_timeout', $3, true), ${PLANNER_SETTINGS}, ${OPENED}`,
  isQuick: true,
};

/** Of a pool for transactions, where its sessions are its own. */
export const writeSession = (limits: TransactionLimits): SessionSettings => ({
  ...PLANNER_SESSION,
  ...KEEPALIVES,
  lock_timeout: String(limits.lockTimeoutMs),
  statement_timeout: String(limits.statementTimeoutMs),
  idle_in_transaction_session_timeout: String(limits.idleTimeoutMs),
});

interface Opened {
  readonly now: Date;
  readonly xid: string;
}

export class Transaction {
  readonly #orm: MikroORM;
  readonly #connection: Connection;
  readonly #opened: Promise<Opened>;
  #em: EntityManager | undefined;

  /** Waits for nothing: what opens the transaction leaves with its first statement. */
  constructor(orm: MikroORM, connection: Connection, limits: TransactionLimits) {
    this.#orm = orm;
    this.#connection = connection;
    // Said each time: behind a pooler the defaults of the role hold (src/db/session.ts).
    connection.send(BEGIN);
    const timeouts = [limits.lockTimeoutMs, limits.statementTimeoutMs, limits.idleTimeoutMs].map(String);
    const opening = connection.hasOwnSession
      ? connection.query<Opened>(OPEN)
      : connection.query<Opened>(SET_AND_OPEN, timeouts);
    this.#opened = opening.then(([row]) => row!);
    this.#opened.catch(() => undefined);
  }

  /** Its queries run in this transaction too. Made when it is first asked for: most batches need none. */
  get em(): EntityManager {
    if (this.#em === undefined) {
      this.#em = this.#orm.em.fork();
      this.#em.setTransactionContext(new Kysely({ dialect: dialectOf(this.#connection) }));
    }
    return this.#em;
  }

  /** The database's time at BEGIN. */
  async now(): Promise<Date> {
    return (await this.#opened).now;
  }

  /** Waits for the rows. Throws the error of a statement sent before it, if there is one. */
  async query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const [rows] = await Promise.all([this.#connection.query<Row>(statement, values), this.#opened]);
    return rows;
  }

  /** Sends a statement and waits for nothing: the next query or `commit` throws its error. */
  send(statement: Statement, values: readonly unknown[]): void {
    this.#connection.send(statement, values);
  }

  /**
   * The one place that decides what became of a transaction: committed, rolled back or unknown. Only the server can say
   * that it was rolled back; whatever else goes wrong once COMMIT may have been sent leaves it unknown.
   * @throws CommitOutcomeUnknown when only the database knows; every other error means that it was rolled back
   */
  async commit(): Promise<void> {
    const { xid } = await this.#opened;
    await this.#em?.flush();
    try {
      await this.#connection.commit();
    } catch (error) {
      throw this.#connection.isRolledBack ? error : new CommitOutcomeUnknown(xid, error);
    }
  }

  /** @param reason what went wrong; the connection is closed if that is what it was */
  async rollback(reason: unknown): Promise<void> {
    if (isConnectionLost(reason) || reason instanceof CommitOutcomeUnknown) this.#connection.discard(reason as Error);
    // On a dead connection it fails too; the error that led here says why.
    await this.#connection.rollback().catch(() => undefined);
  }
}

/**
 * Runs `work` in a transaction and commits it; whatever throws rolls everything back.
 * @param limits of a session that has none of its own (`writeSession`)
 */
export async function transact<Result>(
  orm: MikroORM,
  limits: TransactionLimits,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  // With its first query MikroORM tries a connection; not while one is held here, which may be the last of the pool.
  await orm.em.getConnection().ensureConnection();
  const executor = orm.em.getKysely().getExecutor();
  return await executor.provideConnection(async (connection) => {
    if (!(connection instanceof Connection)) throw new TypeError('the pool has another dialect than ours');
    const transaction = new Transaction(orm, connection, limits);
    try {
      const result = await work(transaction);
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback(error);
      throw error;
    }
  });
}
