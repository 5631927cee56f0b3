// Which store a configuration opens, and which configurations stop the start.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { openByteStore } from '../../../src/uploads/store/open-store.ts';

const run = promisify(execFile);
const root = await mkdtemp(join(tmpdir(), 'waybill-open-'));

afterAll(() => rm(root, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe('openByteStore', () => {
  test('keeps files under the data directory when nothing is said', async () => {
    const store = await openByteStore({ storageUrl: null, dataDir: join(root, 'data') });
    expect(store.canContinue).toBe(true);
    expect((await stat(join(root, 'data/uploads/ff'))).isDirectory()).toBe(true);
  });

  test('keeps files where a file: URL says, and opens them again', async () => {
    const config = { storageUrl: pathToFileURL(join(root, 'else where')).href, dataDir: join(root, 'unused') };
    await openByteStore(config);
    await openByteStore(config);
    expect((await stat(join(root, 'else where/00'))).isDirectory()).toBe(true);
    await expect(stat(join(root, 'unused'))).rejects.toThrow('ENOENT');
  });

  test('stops the start where the directory cannot be', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(openByteStore({ storageUrl: null, dataDir: join(root, 'file') })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringMatching(/^The directory for uploaded bytes, .+\/file\/uploads, cannot be used/),
    });
  });

  test('stops the start when there is no region', async () => {
    const nowhere = { AWS_CONFIG_FILE: join(root, 'none'), AWS_SHARED_CREDENTIALS_FILE: join(root, 'none') };
    for (const [name, value] of Object.entries({ ...nowhere, AWS_REGION: undefined, AWS_PROFILE: undefined })) {
      vi.stubEnv(name, value);
    }
    await expect(openByteStore({ storageUrl: 's3://bucket', dataDir: root })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('finds no region for it'),
    });
    const store = await openByteStore({ storageUrl: 's3://bucket?region=eu-central-1', dataDir: root });
    expect(store.canContinue).toBe(false);
    await store.close();
  });

  test.each([
    ['not loaded for files', `file://${join(root, 'plain')}`, false],
    ['loaded for S3', 's3://bucket?region=x', true],
  ])('the AWS SDK is %s', async (_what, storageUrl, loaded) => {
    const open = join(import.meta.dirname, '../../../src/uploads/store/open-store.ts');
    const script = `
      const { openByteStore } = await import(${JSON.stringify(pathToFileURL(open).href)});
      await (await openByteStore({ storageUrl: process.argv[1], dataDir: '' })).close();
      const { default: { _cache } } = await import('node:module');
      console.log(Object.keys(_cache).some((path) => path.includes('client-s3')));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script, storageUrl]);
    expect(stdout.trim()).toBe(String(loaded));
  });
});
