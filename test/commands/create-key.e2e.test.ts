// `create-key`, as it is run on the machine for the first admin key.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { cleanUp, makeDir, onCleanUp } from '../support/embedded.ts';
import type { Instance } from '../support/instance.ts';
import { type Outcome, runToEnd, startProcess } from '../support/process.ts';
import { JWT_ENV, startSignedIn, viewerAs } from '../support/sign-in.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startSignedIn();
});
afterAll(() => waybill.stop());
afterEach(cleanUp);

const run = (env: Record<string, string>, ...args: string[]): Promise<Outcome> => runToEnd(env, 'create-key', ...args);

it('prints the key, and only the key, on standard output', async () => {
  const env = { DATABASE_URL: waybill.database.url };
  const { code, stdout } = await run(env, '--role', 'admin', '--tenant', 'x', '--name', 'first');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^wbk_[0-9a-f]{32}_[\w-]{43}\n$/);
  expect(await viewerAs(waybill.url, stdout.trim())).toMatchObject({ tenant: 'x', roles: ['ADMIN'], expiresAt: null });
});

it.each([
  [['--tenant', 'x'], '--role holds \\"\\"; allowed: viewer, uploader, worker, admin'],
  [['--role', 'root', '--tenant', 'x'], '--role holds \\"root\\"'],
  [['--role', 'admin'], '--tenant is empty'],
  [['--role', 'admin', '--tenant', 'x', '--color'], '--color'],
])('%j is refused with the usage', async (args, reason) => {
  const { code, stdout, stderr } = await run({ DATABASE_URL: waybill.database.url }, ...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(reason);
  expect(stderr).toContain('create-key --role ROLE --tenant TENANT [--name NAME]');
});

it('works beside a running service with an embedded database, and without one', async () => {
  const env = { WAYBILL_DATA_DIR: await makeDir() };
  const before = await run(env, '--role', 'viewer', '--tenant', 'before');
  expect([before.code, before.stdout.slice(0, 4)]).toEqual([0, 'wbk_']);
  const service = await startProcess({ ...env, ...JWT_ENV });
  onCleanUp(async () => void (await service.end('SIGTERM')));
  const { stdout } = await run(env, '--role', 'admin', '--tenant', 'during');
  expect(await viewerAs(service.url, stdout.trim())).toMatchObject({ tenant: 'during' });
  expect(await viewerAs(service.url, before.stdout.trim())).toMatchObject({ tenant: 'before' });
});
