// Roles, and starts that are refused: exit 1, nothing on standard output, and one line that says what is wrong.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTemporary } from '../../src/db/embedded/temporary.ts';
import { createLogger } from '../../src/log.ts';
import { newFile, send } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { get, post } from '../support/http.ts';
import { type Outcome, type WaybillProcess, runToEnd, startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const withDatabase = (more: Record<string, string> = {}) => ({ DATABASE_URL: database.url, ...more });

/** The code and message of a refused start. */
function refusalOf({ code, stdout, stderr }: Outcome): { code: unknown; msg: string } {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).not.toMatch(/node_modules|\n\s+at /);
  const line = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as { level: number; code: unknown; msg: string };
  expect(line.level).toBe(60);
  return line;
}

async function running(program: WaybillProcess, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    expect(await program.end('SIGTERM')).toEqual({ code: 0, signal: null });
  }
}

describe('a role', () => {
  it.each(['serve', 'api'])('%s serves the API', async (role) => {
    const program = await startProcess(withDatabase(), role);
    await running(program, async () => {
      expect(await newFile(program.url)).toMatch(/^file_/);
      expect((await get(program.url, '/readyz')).status).toBe(200);
      expect((await get(program.url, '/')).status).toBe(200);
    });
  });

  it('worker serves health and metrics, and no API', async () => {
    const program = await startProcess(withDatabase(), 'worker');
    await running(program, async () => {
      const paths = ['/healthz', '/readyz', '/metrics', '/graphql', '/'];
      const statuses = await Promise.all(paths.map(async (path) => (await get(program.url, path)).status));
      expect(statuses).toEqual([200, 200, 200, 404, 404]);
      expect((await post(program.url, '{"query":"{__typename}"}')).status).toBe(404);
      const upgrade = { upgrade: 'websocket', connection: 'upgrade' };
      expect((await get(program.url, '/graphql', upgrade).catch(() => ({ status: 404 }))).status).toBe(404);
    });
  });

  it('migrate brings an empty database up to date and ends, as often as it is asked', async () => {
    const empty = await createDatabase();
    await empty.query('drop schema public cascade; create schema public');
    for (let round = 0; round < 2; round += 1) {
      const { code, stdout } = await runToEnd({ DATABASE_URL: empty.url }, 'migrate');
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(await empty.query('select position from feed_position')).toEqual([{ position: '0' }]);
    }
    await empty.drop();
  });

  it('recount puts the counts of files right and ends', async () => {
    await database.query(`insert into file_count_delta (tenant, state, files) values ('nobody', 'FAILED', 7)`);
    const { code, stdout } = await runToEnd(withDatabase(), 'recount');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const sums = `select sum(files)::int as files from file_count_delta where tenant = 'nobody'`;
    expect(await database.query(sums)).toEqual([{ files: 0 }]);
  });

  it('several that start together on an empty database take turns', async () => {
    const empty = await createDatabase();
    await empty.query('drop schema public cascade; create schema public');
    const env = { DATABASE_URL: empty.url };
    const programs = await Promise.all([
      startProcess(env, 'api'),
      startProcess(env, 'api'),
      startProcess(env, 'worker'),
    ]);
    const [one, other] = programs;
    const id = await newFile(one.url);
    expect((await send(other.url, `{ file(id: "${id}") { id } }`)).data).toEqual({ file: { id } });
    expect(await Promise.all(programs.map((program) => program.end('SIGTERM')))).toEqual(
      programs.map(() => ({ code: 0, signal: null })),
    );
    await empty.drop();
  });

  it('that does not exist is refused', async () => {
    const { msg } = refusalOf(await runToEnd(withDatabase(), 'sevre'));
    expect(msg).toMatch(/unknown command sevre; allowed: serve, api, worker, migrate, recount/);
  });
});

describe('a start is refused', () => {
  it('with a bad setting, before anything is opened', async () => {
    // The database could not be reached either: that it is not tried is the point.
    const outcome = await runToEnd({ DATABASE_URL: 'postgres://127.0.0.1:1/x', WAYBILL_MAX_ATTEMPTS: 'many' });
    const { code, msg } = refusalOf(outcome);
    expect(code).toBe('INVALID_CONFIGURATION');
    expect(msg).toMatch(/^WAYBILL_MAX_ATTEMPTS holds "many"; allowed: /);
    expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('with sign-in that nothing says how to check', async () => {
    const { msg } = refusalOf(await runToEnd(withDatabase({ WAYBILL_AUTH: 'jwt' })));
    expect(msg).toMatch(/^WAYBILL_AUTH holds "jwt".*WAYBILL_JWT_SECRET or WAYBILL_JWKS_URL/);
  });

  it('when the port is taken, and nothing is left running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { msg } = refusalOf(await runToEnd(withDatabase({ PORT: String(port) })));
    expect(msg).toContain(`PORT ${port}`);
    expect(msg).toMatch(/another program listens there already/);
    other.close();
  });

  it('when this machine does not have the address', async () => {
    // 192.0.2.0/24 is nobody's (RFC 5737).
    const { msg } = refusalOf(await runToEnd(withDatabase({ HOST: '192.0.2.1', WAYBILL_AUTH: 'none' })));
    expect(msg).toContain('HOST 192.0.2.1');
  });

  it.each([
    ['nobody listens', (url: URL) => void (url.port = '1')],
    ['the password is wrong', (url: URL) => void (url.password = 'not-the-password')],
    ['the database is not there', (url: URL) => void (url.pathname = '/nowhere')],
  ])('when %s behind DATABASE_URL, without telling the password', async (_case, change) => {
    const url = new URL(database.url);
    const { password } = url;
    change(url);
    const outcome = await runToEnd({ DATABASE_URL: url.href });
    const { code, msg } = refusalOf(outcome);
    expect(code).toBe('DATABASE_UNREACHABLE');
    expect(msg).toMatch(/DATABASE_URL/);
    expect(outcome.stderr).not.toContain(password);
    expect(outcome.stderr).not.toContain('not-the-password');
  });

  it('on a server that could lose what was acknowledged, unless that is allowed', async () => {
    const careless = await startTemporary({ log: createLogger('silent'), settings: { fsync: 'off' } });
    try {
      const { code, msg } = refusalOf(await runToEnd({ DATABASE_URL: careless.url }));
      expect(code).toBe('DATABASE_UNSUITABLE');
      expect(msg).toMatch(/fsync off.*WAYBILL_UNSAFE_DURABILITY=allow/);
      refusalOf(await runToEnd({ DATABASE_URL: careless.url }, 'migrate'));
      const program = await startProcess({ DATABASE_URL: careless.url, WAYBILL_UNSAFE_DURABILITY: 'allow' });
      await running(program, async () => {
        expect(await newFile(program.url)).toMatch(/^file_/);
        await until(() => program.log.some(({ level, off }) => level === 40 && String(off) === 'fsync'), Boolean);
      });
    } finally {
      await careless.stop();
    }
  });
});
