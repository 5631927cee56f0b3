// Kysely's view of a pool, given to MikroORM. Kysely's own PostgresDialect hides its `pg` clients, so statements could
// be neither prepared nor pipelined, and it waits for the answer of BEGIN, which costs every transaction a round trip.
import {
  CompiledQuery,
  type Dialect,
  type Driver,
  DummyDriver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import type { Pool } from 'pg';
import { Connection } from './connection.ts';

const PARTS: Omit<Dialect, 'createDriver'> = {
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

/** @param commandTimeoutMs of each command (src/db/pool.ts) */
export const createDialect = (pool: Pool, commandTimeoutMs?: number): Dialect => ({
  ...PARTS,
  createDriver: () => new PoolDriver(pool, commandTimeoutMs),
});

/** Of one connection that somebody else has acquired, and releases: for queries in the transaction that is open on it. */
export const dialectOf = (connection: Connection): Dialect => ({
  ...PARTS,
  createDriver: () => new BorrowedDriver(connection),
});

class PoolDriver implements Driver {
  readonly #pool: Pool;
  readonly #commandTimeoutMs: number | undefined;

  constructor(pool: Pool, commandTimeoutMs: number | undefined) {
    this.#pool = pool;
    this.#commandTimeoutMs = commandTimeoutMs;
  }

  async init(): Promise<void> {
    // The pool connects when a connection is first needed.
  }

  async acquireConnection(): Promise<Connection> {
    return new Connection(await this.#pool.connect(), this.#commandTimeoutMs);
  }

  // BEGIN leaves with the first statement of the transaction, which throws its error.
  async beginTransaction(connection: Connection, { isolationLevel, accessMode }: TransactionSettings): Promise<void> {
    // Said each time: behind a pooler the defaults of the role hold (src/db/session.ts).
    const modes = [`isolation level ${isolationLevel ?? 'read committed'}`, accessMode ?? []].flat();
    connection.send({ text: `begin ${modes.join(', ')}` });
  }

  async commitTransaction(connection: Connection): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    await connection.rollback();
  }

  async savepoint(connection: Connection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint "${name}"`));
  }

  async rollbackToSavepoint(connection: Connection, name: string): Promise<void> {
    await connection.rollback(name);
  }

  async releaseSavepoint(connection: Connection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release savepoint "${name}"`));
  }

  async releaseConnection(connection: Connection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

class BorrowedDriver extends DummyDriver {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  override acquireConnection(): Promise<Connection> {
    return Promise.resolve(this.#connection);
  }
}
