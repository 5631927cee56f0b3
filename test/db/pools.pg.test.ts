// The pools of a process: what their sessions are set to.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Pools, createPools } from '../../src/db/pools.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { PATIENT } from '../support/lifecycle.ts';

let database: TestDatabase;
let pools: Pools;
beforeAll(async () => {
  database = await createDatabase();
  const log = createLogger('silent');
  pools = createPools({ url: database.url, preparedStatements: true, writers: 1, limits: PATIENT, log });
});
afterAll(async () => {
  await pools.close();
  await database.drop();
});

const KEEPALIVES = `select array_agg(setting::int order by name) as seconds
  from pg_settings where name in ('tcp_keepalives_count', 'tcp_keepalives_idle', 'tcp_keepalives_interval')`;

// 2 s without a sign of life, and then three questions a second apart.
it('the server soon notices that the machine of a session with locks is gone', async () => {
  expect(await pools.writes.em.fork().execute(KEEPALIVES)).toEqual([{ seconds: [3, 2, 1] }]);
  expect((await pools.feed.query<{ seconds: number[] }>(KEEPALIVES)).rows).toEqual([{ seconds: [3, 2, 1] }]);
});
