// Reads of a few statements that are written by hand and prepared by name, in one transaction. What opens it leaves with its
// first statement, COMMIT leaves with its last one, and rows come as `pg` has them: a search of 6 ms took as much again for
// round trips and entities.
import type { Connection, Parsers, Statement } from './connection.ts';
import type { MikroORM } from './orm.ts';
import { READ_TIMEOUT_MS, asQueryTimeout, beginRead } from './read.ts';

export class RowReader {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Waits for no answer of the database. */
  static begin(connection: Connection): RowReader {
    beginRead(connection, READ_TIMEOUT_MS);
    return new RowReader(connection);
  }

  /** Several at once leave together. */
  async query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return await this.#connection.query<Row>(statement, values);
  }

  /** Ends the transaction: what is asked after it must not need one, nor a plan. */
  async queryLast<Row>(statement: Statement, values: readonly unknown[], types?: Parsers): Promise<Row[]> {
    const [rows] = await Promise.all([
      this.#connection.query<Row>(statement, values, types),
      this.#connection.commit(),
    ]);
    return rows;
  }
}

/**
 * @param work ends with `queryLast`
 * @throws QueryTimeout
 */
export async function readRows<Result>(orm: MikroORM, work: (reader: RowReader) => Promise<Result>): Promise<Result> {
  const executor = orm.em.getKysely().getExecutor();
  return await executor.provideConnection(async (provided) => {
    const connection = provided as Connection;
    try {
      return await work(RowReader.begin(connection));
    } catch (error) {
      await connection.rollback().catch(() => undefined); // on a dead connection it fails too
      throw asQueryTimeout(error);
    }
  });
}
