// Reads, with a time limit of the server's and with plans that need no statistics. One statement needs no transaction where
// the session says all that: it costs one round trip, and PostgreSQL and this process wake each other once.
import { DomainError } from '../errors.ts';
import { BEGIN, type Connection, type Parsers, type Statement, type UnnamedStatement } from './connection.ts';
import type { EntityManager, MikroORM } from './orm.ts';
import { codeOf } from './pg-errors.ts';
import { PLANNER_SESSION, PLANNER_SETTINGS } from './planner.ts';
import type { SessionSettings } from './session.ts';

/** Milliseconds that PostgreSQL may spend on one statement of a read. */
export const READ_TIMEOUT_MS = 5_000;

/** Of a pool for reads, where its sessions are its own. */
export const READ_SESSION: SessionSettings = { ...PLANNER_SESSION, statement_timeout: String(READ_TIMEOUT_MS) };

/** The read needed more than READ_TIMEOUT_MS; the same read again would too. */
export class QueryTimeout extends DomainError<'QUERY_TIMEOUT'> {
  constructor(cause: unknown) {
    super('QUERY_TIMEOUT', `The query took more than ${READ_TIMEOUT_MS / 1_000} s; ask for less.`, { cause });
  }
}

const QUERY_CANCELED = '57014';

/** What a read throws for an error of its own. */
export const asQueryTimeout = (error: unknown): unknown =>
  codeOf(error) === QUERY_CANCELED ? new QueryTimeout(error) : error;

const OPEN: Statement = {
  name: 'waybill_open_read',
  text: `select set_config('statement_timeout', $1, true), ${PLANNER_SETTINGS}`,
};

/** The answer leaves nothing open on a connection that is borrowed for one statement. */
type Ask = <Row>(
  statement: Statement | UnnamedStatement,
  values: readonly unknown[],
  types?: Parsers,
) => Promise<Row[]>;

/** What a read of several statements has for them. */
export interface ReadTransaction {
  readonly em: EntityManager;
  readonly ask: Ask;
}

/**
 * One statement that reads.
 * @throws QueryTimeout
 */
export async function readOnce<Row>(
  orm: MikroORM,
  statement: Statement | UnnamedStatement,
  values: readonly unknown[],
  types?: Parsers,
): Promise<Row[]> {
  const executor = orm.em.getKysely().getExecutor();
  return await executor.provideConnection(async (provided) => {
    const connection = provided as Connection;
    try {
      if (connection.hasOwnSession) return await connection.query<Row>(statement, values, types);
      return await readInTransaction<Row>(connection, statement, values, types);
    } catch (error) {
      if (!connection.hasOwnSession) await connection.rollback().catch(() => undefined); // on a dead one it fails too
      throw asQueryTimeout(error);
    }
  });
}

/** All of it leaves in one write. */
async function readInTransaction<Row>(
  connection: Connection,
  statement: Statement | UnnamedStatement,
  values: readonly unknown[],
  types?: Parsers,
): Promise<Row[]> {
  beginRead(connection, READ_TIMEOUT_MS);
  const [rows] = await Promise.all([connection.query<Row>(statement, values, types), connection.commit()]);
  return rows;
}

/** Waits for no answer of the database. */
export function beginRead(connection: Connection, timeoutMs: number): void {
  connection.send(BEGIN);
  connection.send(OPEN, [String(timeoutMs)]);
}

/**
 * Several statements of which each depends on those before it.
 * @throws QueryTimeout
 */
export async function readWithin<Result>(
  orm: MikroORM,
  work: (transaction: ReadTransaction) => Promise<Result>,
  timeoutMs = READ_TIMEOUT_MS,
): Promise<Result> {
  const em = orm.em.fork();
  await em.begin();
  try {
    const connection = (await em
      .getKysely()
      .getExecutor()
      .provideConnection((each) => Promise.resolve(each))) as Connection;
    connection.send(OPEN, [String(timeoutMs)]);
    const result = await work({ em, ask: (...question) => connection.query(...question) });
    await em.commit();
    return result;
  } catch (error) {
    await em.rollback().catch(() => undefined); // on a dead connection it fails too
    throw asQueryTimeout(error);
  }
}
