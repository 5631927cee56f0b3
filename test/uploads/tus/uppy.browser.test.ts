// Uppy in a real browser, on a page of another origin, as an application would use it.
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createViteServer } from 'vitest/node';
import { launchBrowser } from '../../support/browser.ts';
import { MIB, digestOf, randomBytes } from '../../support/bytes.ts';
import { transition } from '../../support/client.ts';
import { createRandom } from '../../support/random.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { fileIdOf } from '../../support/tus.ts';
import { type UploadServer, startUploadServer } from '../../support/upload-server.ts';
import type { Page, UploadAsked } from '../../support/uppy-page/page.ts';

const SUPPORT = join(import.meta.dirname, '../../support');
const CLIENT = join(import.meta.dirname, '../../../packages/client');

let cacheDir: string;
let pages: Awaited<ReturnType<typeof createViteServer>>;
let origin: string;
let browser: Browser;
let waybill: UploadServer;

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'waybill-page-'));
  pages = await createViteServer({
    configFile: false,
    root: join(SUPPORT, 'uppy-page'),
    cacheDir,
    logLevel: 'error',
    optimizeDeps: { include: ['@uppy/core', '@uppy/tus', 'graphql-ws/client', 'tus-js-client'] },
    server: { host: '127.0.0.1', port: 0, watch: null, hmr: false, fs: { allow: [SUPPORT, CLIENT, cacheDir] } },
  });
  await pages.listen();
  const { port } = pages.httpServer!.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  [browser, waybill] = await Promise.all([launchBrowser(), startUploadServer({ WAYBILL_CORS_ORIGINS: origin })]);
});

afterAll(async () => {
  await browser.close();
  await waybill.stop();
  await pages.close();
  await rm(cacheDir, { recursive: true });
});

test('Uppy uploads 20 MiB in chunks from a page of an allowed origin, paused and resumed on the way', async () => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(origin);
  await page.waitForFunction(() => (globalThis as Page).uploadWithUppy !== undefined);
  const asked: UploadAsked = {
    endpoint: `${waybill.url}/uploads`,
    seed: 17,
    size: 20 * MIB,
    chunkSize: 2 * MIB,
    pauseAt: 5 * MIB,
    pauseMs: 1_000,
  };
  const seen = await page.evaluate((given) => (globalThis as Page).uploadWithUppy?.(given), asked);
  expect(complaints).toEqual([]);
  expect(seen).toMatchObject({ failed: [], whilePaused: 0 });
  const { uploadUrl = '', progress = [] } = seen ?? {};
  expect(progress.length).toBeGreaterThan(5);
  expect(progress.at(-1)).toBe(asked.size);

  const { state, sha256, bytes } = await waybill.held(uploadUrl);
  expect({ state, sha256 }).toEqual({
    state: 'PROCESSING',
    sha256: digestOf(randomBytes(createRandom(asked.seed), asked.size)),
  });
  expect(bytes.length).toBe(asked.size);
  const [file] = await waybill.database.query('select name, content_type, metadata from file');
  expect(file).toMatchObject({ name: 'püppy.png', content_type: 'image/png', metadata: { color: 'red' } });
  expect(await transition(waybill.url, fileIdOf(uploadUrl), 'COMPLETE_PROCESSING')).toMatchObject({
    transition: { to: 'INDEXED' },
  });
});

test('with the preset of the client files are registered first, and one that comes again is not sent again', async () => {
  const proxy = await startTcpProxy(waybill.url);
  const page = await browser.newPage();
  await page.goto(origin);
  await page.waitForFunction(() => (globalThis as Page).uploadRegistered !== undefined);
  for (const at of [2, 5]) proxy.afterBytes(at * MIB, () => proxy.cut());
  const asked = { endpoint: '', seed: 18, size: 8 * MIB, chunkSize: MIB, pauseAt: 0, pauseMs: 0 };
  const urls = await page.evaluate(([url, given]) => (globalThis as Page).uploadRegistered?.(url, given), [
    proxy.urlThrough(waybill.url),
    asked,
  ] as const);
  await proxy.close();
  const rows = await waybill.database.query(`select id::text, state, sha256 from file where name = 'first.png'`);
  const sha256 = digestOf(randomBytes(createRandom(18), 8 * MIB));
  expect(rows).toEqual([{ id: expect.any(String) as string, state: 'PROCESSING', sha256 }]);
  expect(urls?.map((url) => fileIdOf(url!))).toEqual(Array(2).fill(`file_${rows[0]!.id as string}`));
});
