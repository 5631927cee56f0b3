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

it('reads what another replica sequenced together with its own changes, each once', async () => {
  const log = createLogger('silent');
  const poller = await FeedPoller.start({
    pool,
    log,
    pages: new Pages(pool, log),
    ringCapacity: 8,
    ringBytes: 2 ** 25,
    pollMs: 60_000,
  });
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
