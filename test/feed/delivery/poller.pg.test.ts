// FeedPoller over a real log, beside another replica that sequences in turns with it.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Pool } from 'pg';
import { FeedPoller } from '../../../src/feed/delivery/poller.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { Pages } from '../../../src/feed/log/pages.ts';
import { createLogger } from '../../../src/log.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { insertChange } from '../../support/feed.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';

let database: TestDatabase;
let pool: Pool;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const start = (pollMs: number): Promise<FeedPoller> => {
  const log = createLogger('silent');
  return FeedPoller.start({ pool, log, pages: new Pages(pool, log), ringCapacity: 8, ringBytes: 2 ** 25, pollMs });
};

it('reads what another replica sequenced together with its own changes, each once', async () => {
  const poller = await start(60_000);
  await insertChange(pool, 1, 0, 1);
  await sequenceBatch(pool); // the other replica
  await insertChange(pool, 2, 0, 2);
  const query = vi.spyOn(pool, 'query');
  poller.onCommit();
  await until(
    () => poller.ring.head,
    (head) => head === 5,
  );
  await poller.stop();
  // The page comes behind the commit of the positions, on the connection that gave them.
  expect(query).not.toHaveBeenCalled();
});

it('is not healthy while changes wait and none can be given its position, whoever tries', async () => {
  const poller = await start(50);
  await database.query(`create function refuse() returns trigger as $$ begin raise 'no'; end $$ language plpgsql`);
  await database.query('create trigger refuse before insert on feed_position execute function refuse()');
  await insertChange(pool, 1, 0);
  const becomes = (wanted: boolean): Promise<unknown> =>
    until(
      () => poller.isHealthy,
      (isHealthy) => isHealthy === wanted,
    );
  await becomes(false);
  await database.query('drop trigger refuse on feed_position');
  await becomes(true);
  expect(poller.ring.head).toBe(1);
  await poller.stop();
});
