// The page while its server is killed in the middle of an upload: started again, everything goes on by itself.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { newFile, request, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { WebPage } from '../support/page.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const SIZE = 8_000_000;
/** Of the upload that have gone to the server when it is killed. */
const SOME = 2_000_000;
/** More than all that is sent beside the bytes of the file. */
const HEADERS = 200_000;

// Two starts of the service and of a browser each, and a dead server's right to write has to run out: 20 s, and some 80 on a busy machine.
const PATIENT = { timeout: 300_000 };

let database: TestDatabase;
let waybill: WaybillProcess;
let proxy: TcpProxy;
let browser: Browser;
let windows: WebPage[];

const start = (): Promise<WaybillProcess> =>
  startProcess({
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: database.dataDir,
    WAYBILL_PROCESSING: 'builtin',
    WAYBILL_AUTO_RETRY: 'on',
  });

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  database = await createDatabase();
  waybill = await start();
  proxy = await startTcpProxy(waybill.url);
  windows = [];
});
afterEach(async () => {
  for (const window of windows) await window.close();
  await proxy.close();
  await waybill.end('SIGTERM');
  await database.drop();
});

async function open(): Promise<WebPage> {
  const window = await WebPage.open(browser, proxy.urlThrough(waybill.url));
  windows.push(window);
  return window;
}

/** Another one with the same database and store. The windows find it where the first one was. */
async function startAnother(whileAway: (url: string) => Promise<void>): Promise<void> {
  waybill = await start();
  await whileAway(waybill.url);
  proxy.retarget(Number(new URL(waybill.url).port));
  await proxy.restore();
}

/** Once the page takes files. */
const dropLarge = ({ page }: WebPage): Promise<unknown> =>
  page.waitForFunction((size) => {
    const transfer = new DataTransfer();
    const bytes = new Uint8Array(size).map((_, at) => at % 251);
    transfer.items.add(new File([bytes], 'large.bin', { lastModified: 1 }));
    const send = (event: string): boolean =>
      dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    return !send('dragover') && !send('drop');
  }, SIZE);

const rowsOf = async ({ page }: WebPage): Promise<string[]> =>
  (await page.locator('.table-body .cell-name').allInnerTexts()).toSorted();

interface Read {
  readonly files: { readonly edges: readonly { readonly node: Record<string, unknown> }[] };
}

async function readLarge(): Promise<Record<string, unknown>[]> {
  const query = '{ files(filter: { nameContains: "large" }) { edges { node { size bytesReceived state attempts } } } }';
  return (await request<Read>(waybill.url, query)).files.edges.map(({ node }) => node);
}

test('two windows catch up, and the upload ends INDEXED', PATIENT, async () => {
  const [one, other] = [await open(), await open()];
  const moved = await newFile(waybill.url, { name: 'moved' });
  for (const window of windows) await window.untilShown('moved', 'Untracked');

  const killed = new Promise((resolve) => proxy.afterBytes(SOME, () => resolve(waybill.end('SIGKILL'))));
  await dropLarge(one);
  await killed;
  await proxy.refuse();
  for (const { page } of windows) await page.getByText(/The connection was lost at/).waitFor();
  await one.page.getByText('Waiting for the server').waitFor();
  await startAnother(async (url) => {
    await transition(url, moved, 'START_UPLOAD');
    await newFile(url, { name: 'new' });
  });

  for (const window of [one, other]) {
    await window.untilShown('moved', 'Uploading');
    await window.untilShown('new', 'Untracked');
    await window.untilShown('large.bin', 'Indexed');
    expect(await rowsOf(window)).toEqual(['large.bin', 'moved', 'new']);
  }
  await one.page.getByRole('heading', { name: 'All uploads are done' }).waitFor();
  expect(await readLarge()).toEqual([{ size: SIZE, bytesReceived: SIZE, state: 'INDEXED', attempts: 1 }]);
});

test(
  'an upload that was paused goes on after a reload of the page and another server, from where it was',
  PATIENT,
  async () => {
    const window = await open();
    const { page } = window;
    // Nothing goes on until it is paused, however fast the machine is.
    const sent = new Promise<void>((resolve) => proxy.afterBytes(SOME, () => resolve(proxy.hold())));
    await dropLarge(window);
    await sent;
    await page.getByRole('button', { name: 'Pause: large.bin' }).click();
    await page.getByText('Paused').waitFor();
    proxy.cut();
    await proxy.restore();
    // What the server has said that it has stored, it has still after it was killed.
    const [stored] = await until(readLarge, ([file]) => Number(file?.['bytesReceived']) > 0);
    await waybill.end('SIGKILL');
    await proxy.refuse();
    await startAnother(async () => undefined);
    await page.reload();
    await page.getByRole('button', { name: 'Resume: large.bin' }).waitFor();
    let again = 0;
    proxy.inspect((chunk, direction) => {
      if (direction === 'toServer') again += chunk.length;
    });
    await page.getByRole('button', { name: 'Resume: large.bin' }).click();
    await window.untilShown('large.bin', 'Indexed');
    expect(await readLarge()).toEqual([{ size: SIZE, bytesReceived: SIZE, state: 'INDEXED', attempts: 1 }]);
    expect(again).toBeLessThan(SIZE - Number(stored!['bytesReceived']) + HEADERS);
  },
);
