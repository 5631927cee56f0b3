// A read that takes too long is ended by the server and is a typed error.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { QueryTimeout, readWithin } from '../../src/db/read.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';

let database: TestDatabase;
let orm: MikroORM;
beforeEach(async () => {
  database = await createDatabase();
  orm = createOrm({ url: database.url, name: 'test', max: 1 });
});
afterEach(async () => {
  await orm.close();
  await database.drop();
});

it('a read that takes too long is a QUERY_TIMEOUT, and the next one on its connection is answered', async () => {
  const slow = readWithin(orm, async (em) => await em.execute('select pg_sleep(30)'), 100);
  await expect(slow).rejects.toThrow(QueryTimeout);
  await expect(slow).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  const limits = await readWithin(orm, async (em) => await em.execute('show statement_timeout'));
  expect(limits).toEqual([{ statement_timeout: '5s' }]);
  // Only within the transaction: a pooler may give its connection to somebody else.
  expect(await orm.em.fork().execute('show statement_timeout')).toEqual([{ statement_timeout: '10s' }]);
});
