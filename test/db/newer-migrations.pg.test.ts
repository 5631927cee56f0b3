// A database that a newer version has changed: whether this version may run on it is told by the names of its migrations.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyMigrations } from '../../src/db/apply-migrations.ts';
import { excludes } from '../../src/db/newer-migrations.ts';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { runToEnd, startProcess } from '../support/process.ts';

const ALONE = 'Migration30000101000000_other_order_alone';
const BESIDE = 'Migration30000102000000_new_index_concurrently';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const record = (name: string): Promise<unknown> =>
  database.query('insert into migration (name, executed_at) values ($1, now())', [name]);

it.each(['serve', 'migrate'])('%s refuses one that excludes older versions, and names it', async (command) => {
  await record(ALONE);
  await record(BESIDE);
  const { code, stdout, stderr } = await runToEnd({ DATABASE_URL: database.url }, command);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const line = JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
  expect(line).toMatchObject({ code: 'DATABASE_NEWER' });
  expect(line['msg']).toContain(`changed this database (${ALONE}), and this version must not run on it`);
});

it('one that versions before may run beside is said in the log, and no obstacle', async () => {
  await record(BESIDE);
  const program = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'info' });
  expect(await program.end('SIGTERM')).toEqual({ code: 0, signal: null });
  let logged = '';
  const log = pino(new Writable({ write: (chunk, _, done) => ((logged += String(chunk)), done()) }));
  const orm: MikroORM = createOrm({ url: database.url, name: 'migrate', max: 2 });
  await applyMigrations(orm, log);
  await orm.close();
  expect(logged).toContain(BESIDE);
});

it('one that needs a certain migration excludes the versions that do not know that', () => {
  const drop = 'Migration30000201000000_drop_old_after_30000102000000';
  expect(excludes(drop, [ALONE])).toBe(true);
  expect(excludes(drop, [ALONE, BESIDE])).toBe(false);
  expect(excludes(BESIDE, [])).toBe(false);
  expect(excludes(ALONE, [BESIDE])).toBe(true);
});
