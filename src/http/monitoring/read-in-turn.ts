// What metrics read of the database at each scrape, one statement after another: a scrape takes one connection, of a pool that
// leases and sign-in have to wait for.
import type { Pool } from 'pg';
import { asService } from '../../db/scope.ts';

/** Of all tenants. Null instead of an error: without a database the other metrics are wanted most. */
export type Read = <Row extends object>(text: string) => Promise<Row[] | null>;

/** After a read that failed, others fail at once: of a database that is silent, only the first of a scrape is waited for. */
const FAILING_MS = 1_000;

/** @param pool its time limits bound how long a scrape can take */
export function readInTurn(pool: Pool): Read {
  let last: Promise<unknown> = Promise.resolve();
  let failedAt = -Infinity;
  const read = async <Row extends object>(text: string): Promise<Row[] | null> => {
    if (performance.now() - failedAt < FAILING_MS) return null;
    try {
      return (await asService(() => pool.query<Row>(text))).rows;
    } catch {
      failedAt = performance.now();
      return null;
    }
  };
  return <Row extends object>(text: string): Promise<Row[] | null> => {
    const reading = last.then(() => read<Row>(text));
    last = reading;
    return reading;
  };
}
