// The command line waits where the server says that a tenant sends too much, and goes on; a quota ends it with a plain line.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { request } from '../support/client.ts';
import { type CliOutcome, runCli } from '../support/cli.ts';
import { type Instance, startInstance } from '../support/instance.ts';

let waybill: Instance;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-cli-'));
  await mkdir(join(folder, 'in'));
});
afterEach(async () => {
  await waybill.stop();
  await rm(folder, { recursive: true });
});

const start = async (env: Record<string, string>): Promise<void> => void (waybill = await startInstance({ env }));

const run = (...args: string[]): Promise<CliOutcome> =>
  runCli(args, { env: { WAYBILL_URL: waybill.url, XDG_STATE_HOME: folder } });

async function writeMany(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await writeFile(join(folder, 'in', `file ${at}`), `content ${at}`);
}

const states = async (): Promise<string[]> =>
  (await waybill.database.query<{ state: string }>('select state from file')).map(({ state }) => state);

it('upload, fail and rm of more files than the rate allows take their time, and do all of them', async () => {
  await start({ WAYBILL_RATE_LIMIT: '8' });
  await writeMany(20);
  const uploaded = await run('upload', join(folder, 'in'));
  expect(uploaded).toMatchObject({ code: 0 });
  expect(uploaded.stdout + uploaded.stderr).toContain('the server takes no more from this tenant for now');
  expect(await states()).toEqual(Array(20).fill('PROCESSING'));
  const ids = (await waybill.database.query<{ id: string }>('select id from file')).map(({ id }) => `file_${id}`);
  const failed = await run('fail', ...ids, '--code', 'BAD', '--message', 'bad');
  expect(failed).toMatchObject({ code: 0 });
  expect(await states()).toEqual(Array(20).fill('FAILED'));
  const removed = await run('rm', ...ids);
  expect(removed).toMatchObject({ code: 0 });
  expect(removed.stderr).toMatch(/^waybill: the server takes no more from this tenant for now; going on in \d/);
  expect(removed.stderr.match(/takes no more/g)).toHaveLength(1);
  expect(await states()).toEqual([]);
});

it('an upload and a download that are refused in the middle go on after Retry-After, and the bytes are right', async () => {
  await start({ WAYBILL_BYTE_RATE_LIMIT: '24KiB' });
  const bytes = Buffer.alloc(420_000, 'some bytes ');
  const path = join(folder, 'in', 'large');
  await writeFile(path, bytes);
  const uploaded = await run('upload', path);
  expect(uploaded).toMatchObject({ code: 0 });
  const [row] = await waybill.database.query<{ id: string }>('select id from file');
  const copy = join(folder, 'copy');
  expect(await run('get', `file_${row!.id}`, '-o', copy)).toMatchObject({ code: 0 });
  expect((await readFile(copy)).equals(bytes)).toBe(true);
});

it('beyond a quota it says which, and what fits is uploaded', async () => {
  await start({ WAYBILL_QUOTA_FILES: '3' });
  await writeMany(5);
  const outcome = await run('upload', join(folder, 'in'));
  expect(outcome.code).toBe(1);
  const text = outcome.stdout + outcome.stderr;
  expect(text.match(/QUOTA_EXCEEDED: The tenant has 3 files and may have 3: delete some first\./g)).toHaveLength(2);
  const { tenantUsage } = await request<{ tenantUsage: object }>(waybill.url, '{ tenantUsage { files openUploads } }');
  expect(tenantUsage).toEqual({ files: 3, openUploads: 0 });
});
