// Reads that may take long: in one transaction, with a time limit of the server's and with plans that need no statistics.
import { DomainError } from '../errors.ts';
import type { Connection, Statement } from './connection.ts';
import type { EntityManager, MikroORM } from './orm.ts';
import { codeOf } from './pg-errors.ts';
import { READ_SETTINGS } from './planner.ts';

/** Milliseconds that PostgreSQL may spend on one statement of a read. */
export const READ_TIMEOUT_MS = 5_000;

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
  text: `select set_config('statement_timeout', $1, true), ${READ_SETTINGS}`,
};

/** @throws QueryTimeout */
export async function readWithin<Result>(
  orm: MikroORM,
  work: (em: EntityManager) => Promise<Result>,
  timeoutMs = READ_TIMEOUT_MS,
): Promise<Result> {
  const em = orm.em.fork();
  await em.begin();
  try {
    const connection = await em
      .getKysely()
      .getExecutor()
      .provideConnection((each) => Promise.resolve(each));
    (connection as Connection).send(OPEN, [String(timeoutMs)]);
    const result = await work(em);
    await em.commit();
    return result;
  } catch (error) {
    await em.rollback().catch(() => undefined); // on a dead connection it fails too
    throw asQueryTimeout(error);
  }
}
