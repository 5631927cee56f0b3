// The sequence of the log's ids is behind what the feed has passed, as in a logical replica that became the primary: changes
// would be written where nobody looks. A replica is not ready then, and a start sets the sequence.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LOG_IDS } from '../../../src/db/log-ids.ts';
import { migrate } from '../../../src/db/migrate.ts';
import { createOrm } from '../../../src/db/orm.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { readFeedState } from '../../../src/feed/log/state.ts';
import { createLogger } from '../../../src/log.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { insertChange, readAll, startFeed } from '../../support/feed.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';

const log = createLogger('silent');

let database: TestDatabase;
let pool: pg.Pool;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  await insertChange(pool, 1, 0, 8);
  await sequenceBatch(pool);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const SET_BACK = [`select setval('${LOG_IDS}', 3)`, `alter sequence ${LOG_IDS} restart`];

it.each(SET_BACK)('%s: nobody is ready until a start has set it', async (setBack) => {
  const feed = await startFeed(pool, database.url, { pollMs: 20 });
  expect(feed.isHealthy).toBe(true);
  await database.query(setBack);
  await until(
    () => feed.isHealthy,
    (isHealthy) => !isHealthy,
  );
  await feed.stop();
  await expect(startFeed(pool, database.url)).rejects.toThrow(LOG_IDS);
  const orm = createOrm({ url: database.url, name: 'migrate', max: 2 });
  await migrate(orm, database.url, log);
  await orm.close();
  await insertChange(pool, 2, 0);
  expect(await sequenceBatch(pool)).toMatchObject({ count: 1 });
  expect((await readAll(pool)).map(({ version }) => version)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
  expect((await readFeedState(pool)).head.position).toBe(10);
});
