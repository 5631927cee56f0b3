// WAYBILL_DATABASE_ROLE: a role that would see everything, or not enough, is refused with what to type.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareRole } from '../../src/db/database-role.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { StartupError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';

const log = createLogger('silent');
const mark = randomUUID().slice(0, 8);
const role = (name: string): string => `waybill ${name} ${mark}`;

let database: TestDatabase;
const roles: string[] = [];
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  for (const name of roles.toReversed()) {
    await database.query(`reassign owned by "${name}" to current_user; drop owned by "${name}"; drop role "${name}"`);
  }
  await database.drop();
});

async function create(name: string, options: string): Promise<string> {
  roles.push(role(name));
  await database.query(`create role "${role(name)}" ${options}`);
  return role(name);
}

const urlOf = (user: string): string =>
  Object.assign(new URL(database.url), { username: user, password: 'secret' }).href;

async function refusal(name: string, url = database.url): Promise<string> {
  const error: unknown = await prepareRole(url, name).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(StartupError);
  expect(error).toMatchObject({ code: 'DATABASE_UNSUITABLE' });
  return (error as StartupError).message;
}

describe('a role is refused', () => {
  it('that does not exist', async () => {
    expect(await refusal(role('none'))).toContain(`there is no such role: CREATE ROLE "${role('none')}" NOLOGIN`);
  });

  it('that is a superuser, or passes by the policies', async () => {
    expect(await refusal(await create('super', 'superuser'))).toContain(`ALTER ROLE "${role('super')}" NOSUPERUSER`);
    expect(await refusal(await create('bypass', 'bypassrls'))).toContain(`ALTER ROLE "${role('bypass')}" NOBYPASSRLS`);
  });

  it('that can act as one of those, or as the owner of a table', async () => {
    const member = await create('member', `in role "${role('bypass')}"`);
    expect(await refusal(member)).toContain(`REVOKE "${role('bypass')}" FROM "${member}"`);
    const owner = await create('owner', '');
    await database.query(`alter table api_key owner to "${owner}"`);
    expect(await refusal(owner)).toContain('the owner of the tables');
    const heir = await create('heir', `noinherit in role "${owner}"`);
    expect(await refusal(heir)).toContain(`REVOKE "${owner}" FROM "${heir}"`);
    await database.query('alter table api_key owner to current_user');
  });

  it('that the user of the URL may not act as', async () => {
    const app = await create('app', '');
    const user = await create('user', "login password 'secret'");
    expect(await refusal(app, urlOf(user))).toContain(`GRANT "${app}" TO "${user}"`);
    const [{ isNew } = { isNew: false }] = await database.query<{ isNew: boolean }>(
      `select current_setting('server_version_num')::int >= 160000 as "isNew"`,
    );
    // As for a user who has created the role and nothing more.
    if (isNew) await database.query(`grant "${app}" to "${user}" with admin true, inherit false, set false`);
    expect(await refusal(app, urlOf(user))).toContain(`GRANT "${app}" TO "${user}"`);
  });

  it('that signs in itself before the owner has granted it anything, or has migrated', async () => {
    const app = await create('login', "login password 'secret'");
    const settings = {
      databaseUrl: urlOf(app),
      directDatabaseUrl: null,
      databaseRole: app,
      dataDir: '',
      allowUnsafeDurability: false,
    };
    const error: unknown = await openDatabase(settings, log).catch((each: unknown) => each);
    expect(String(error)).toMatch(/permission denied|run "npm run migrate"/);
    // What the owner does, once; afterwards the role starts by itself.
    await (await openDatabase({ ...settings, databaseUrl: database.url }, log)).embedded?.stop();
    expect(await openDatabase(settings, log)).toMatchObject({ role: app, url: settings.databaseUrl });
    await database.query(`delete from migration where name like '%row_security%'`);
    await expect(openDatabase(settings, log)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('run "npm run migrate" first') as string,
    });
    await (await openDatabase({ ...settings, databaseUrl: database.url }, log)).embedded?.stop();
    await database.query(`revoke delete on file_text from "${app}"`);
    expect(await refusal(app, settings.databaseUrl)).toContain(`GRANT DELETE ON TABLE "file_text" TO "${app}"`);
  });
});

it('is granted what it needs, and no more than reading of the migrations; replicas may start at once', async () => {
  const app = await create('granted', '');
  await Promise.all([1, 2, 3].map(() => prepareRole(database.url, app)));
  const [may] = await database.query(
    `select has_table_privilege($1, 'file', 'INSERT') as "insert", has_table_privilege($1, 'file', 'TRUNCATE') as "truncate",
      has_table_privilege($1, 'migration', 'SELECT') as "read", has_table_privilege($1, 'migration', 'INSERT') as "migrate"`,
    [app],
  );
  expect(may).toEqual({ insert: true, truncate: false, read: true, migrate: false });
});
