// Uploads in a real browser: a page that is reloaded, a tab beside it, and a digest that is computed in a worker.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { UploadSnapshot, Uploads } from '../../packages/client/src/upload.ts';
import { launchBrowser } from '../support/browser.ts';
import { MIB, digestOf, randomBytes } from '../support/bytes.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createRandom } from '../support/random.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';
import type * as entry from './upload-entry.ts';

/** What the bundle leaves on a page. */
interface PageWindow {
  readonly waybillClient: typeof entry;
  uploads: Uploads;
  workers: number;
}

let waybill: Instance;
let proxy: TcpProxy;
let browser: Browser;
let profile: BrowserContext;
let dir: TemporaryDir;
let bundle: string;

beforeAll(async () => {
  [waybill, browser, dir] = await Promise.all([startInstance(), launchBrowser(), createTemporaryDir()]);
  const built = await rolldown({ input: 'test/client/upload-entry.ts', platform: 'browser' });
  const { output } = await built.generate({
    format: 'iife',
    name: 'waybillClient',
    codeSplitting: false,
    minify: true,
  });
  await built.close();
  bundle = output[0].code;
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
  await dir.remove();
});
beforeEach(async () => {
  proxy = await startTcpProxy(waybill.url);
  profile = await browser.newContext();
});
afterEach(async () => {
  await profile.close();
  await proxy.close();
});

/** Puts the client and an input on a page of the server's own origin. */
async function prepare(page: Page): Promise<void> {
  await page.addScriptTag({ content: bundle });
  await page.evaluate((chunkSize) => {
    const own = globalThis as unknown as PageWindow;
    const { createUploads, createWaybill } = own.waybillClient;
    own.uploads = createUploads(createWaybill({ url: location.origin }), { chunkSize });
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.addEventListener('change', () => void own.uploads.add(input.files ?? []));
    document.body.replaceChildren(input);
  }, MIB);
}

async function openPage(): Promise<Page> {
  const page = await profile.newPage();
  await page.goto(`${proxy.urlThrough(waybill.url)}healthz`);
  await prepare(page);
  return page;
}

const drop = (page: Page, ...paths: string[]): Promise<void> => page.setInputFiles('input', paths);

const read = (page: Page): Promise<readonly UploadSnapshot[]> =>
  page.evaluate(() => (globalThis as unknown as PageWindow).uploads.getSnapshot().uploads);

const untilDone = (page: Page): Promise<readonly UploadSnapshot[]> =>
  until(
    () => read(page),
    (shown) => shown.length > 0 && shown.every(({ status }) => status === 'done'),
    60_000,
  );

let seed = 100;

async function writeFile(name: string, size: number): Promise<{ path: string; sha256: string }> {
  const bytes = randomBytes(createRandom((seed += 1)), size);
  return { path: await dir.write(name, bytes), sha256: digestOf(bytes) };
}

const rowsNamed = (name: string): Promise<{ state: string; sha256: string }[]> =>
  waybill.database.query('select state, sha256 from file where name = $1', [name]);

it('an upload goes on after the page was reloaded in the middle, when its file is dropped again', async () => {
  const { path, sha256 } = await writeFile('reloaded.bin', 16 * MIB);
  const page = await openPage();
  const half = new Promise<void>((resolve) => proxy.afterBytes(7 * MIB, resolve));
  await drop(page, path);
  await half;
  await page.reload();
  await prepare(page);
  let sent = 0;
  proxy.inspect((chunk, direction) => void (direction === 'toServer' && (sent += chunk.length)));
  await drop(page, path);
  const [shown] = await untilDone(page);
  expect(shown).toMatchObject({ name: 'reloaded.bin', isRecognised: true, bytesReceived: 16 * MIB });
  expect(sent).toBeLessThan(13 * MIB);
  expect(await rowsNamed('reloaded.bin')).toEqual([{ state: 'PROCESSING', sha256 }]);
});

it('two tabs that are given the same file send it once', async () => {
  const { path, sha256 } = await writeFile('shared.bin', 12 * MIB);
  const pages = [await openPage(), await openPage()];
  let sent = 0;
  proxy.inspect((chunk, direction) => void (direction === 'toServer' && (sent += chunk.length)));
  await Promise.all(pages.map((page) => drop(page, path)));
  const shown = await Promise.all(pages.map(untilDone));
  expect(shown.flat().map(({ isRecognised }) => isRecognised)).toContain(true);
  expect(await rowsNamed('shared.bin')).toEqual([{ state: 'PROCESSING', sha256 }]);
  expect(sent).toBeLessThan(14 * MIB);
});

it('goes on after the network was away', async () => {
  const { path, sha256 } = await writeFile('offline.bin', 12 * MIB);
  const page = await openPage();
  const half = new Promise<void>((resolve) => {
    proxy.afterBytes(5 * MIB, () => {
      proxy.hold(); // it must not be over before the network is away
      resolve();
    });
  });
  await drop(page, path);
  await half;
  await profile.setOffline(true);
  proxy.cut();
  await proxy.restore();
  await until(
    () => read(page),
    ([shown]) => shown?.status === 'sending' && shown.error !== undefined,
  );
  await profile.setOffline(false);
  await untilDone(page);
  expect(await rowsNamed('offline.bin')).toEqual([{ state: 'PROCESSING', sha256 }]);
});

it('the digest is computed in a worker, and where none is allowed without one', async () => {
  const { path, sha256 } = await writeFile('digest.bin', 5 * MIB + 13);
  const page = await openPage();
  const hash = (isForbidden: boolean): Promise<{ digest: string; workers: number }> =>
    page.evaluate(async (withoutWorkers) => {
      const own = globalThis as unknown as PageWindow & { Worker: unknown };
      const Original = Worker;
      own.workers = 0;
      own.Worker = class extends Original {
        constructor(url: string | URL) {
          // As a Content-Security-Policy does it: the worker is there, and tells an error.
          super(withoutWorkers ? `${location.origin}/nothing-here` : url);
          own.workers += 1;
        }
      };
      const [file] = document.querySelector('input')!.files!;
      const digest = await own.waybillClient.digestOf(file!, () => undefined, new AbortController().signal);
      own.Worker = Original;
      return { digest, workers: own.workers };
    }, isForbidden);
  await drop(page, path);
  await untilDone(page);
  expect(await hash(false)).toEqual({ digest: sha256, workers: 1 });
  expect(await hash(true)).toEqual({ digest: sha256, workers: 1 });
});
