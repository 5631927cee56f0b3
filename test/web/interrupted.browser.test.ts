// The page while servers stop, networks fail and windows are reloaded: nothing is missing or doubled, and uploads go on.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { newFile, send, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { WebPage } from '../support/page.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let waybill: Instance;
let proxy: TcpProxy;
let browser: Browser;

beforeAll(async () => {
  database = await createDatabase();
  waybill = await startInstance({ database });
  proxy = await startTcpProxy(waybill.url);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await proxy.close();
  await waybill.stop();
  await database.drop();
});

const open = (): Promise<WebPage> => WebPage.open(browser, proxy.urlThrough(waybill.url));

const namesIn = async ({ page }: WebPage): Promise<string[]> =>
  (await page.locator('.table-body .cell-name').allInnerTexts()).toSorted();

test('two windows catch up after the server was away, and say since when it was and what has changed', async () => {
  const windows = [await open(), await open()];
  const id = await newFile(waybill.url, { name: 'before' });
  for (const window of windows) await window.untilShown('before', 'Untracked');

  await proxy.refuse();
  for (const { page } of windows) await page.getByText(/The connection was lost at/).waitFor();
  await waybill.stop();
  waybill = await startInstance({ database });
  await transition(waybill.url, id, 'START_UPLOAD');
  await newFile(waybill.url, { name: 'meanwhile' });
  // Shorter interruptions are not told of.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  proxy.retarget(Number(new URL(waybill.url).port));
  await proxy.restore();

  for (const window of windows) {
    await window.untilShown('before', 'Uploading');
    await window.untilShown('meanwhile', 'Untracked');
    await window.page.getByText(/Back after .*2 files on this list changed/).waitFor();
    expect(await namesIn(window)).toEqual(['before', 'meanwhile']);
    await window.close();
  }
});

test('an upload is paused, goes on after a reload, and is one file in the end', async () => {
  const window = await open();
  const { page } = window;
  // Held on its way: it must not be over before it is paused.
  let isPaused = false;
  proxy.afterBytes(1_000_000, () => {
    // Paused before its first bytes it is not held after its reload either.
    if (!isPaused) proxy.hold();
  });
  await window.drop({ name: 'long.bin', type: '', text: 'x'.repeat(3_000_000) });
  // Before or after its first bytes: both have to work.
  await page.getByRole('button', { name: 'Pause: long.bin' }).click();
  await page.getByText('Paused').waitFor();
  isPaused = true;
  await proxy.restore();
  await page.reload();
  await page.getByRole('button', { name: 'Resume: long.bin' }).click();
  await window.untilShown('long.bin', 'Processing');
  const { data } = await send(
    waybill.url,
    '{ files(filter: { nameContains: "long" }) { edges { node { size bytesReceived sha256 } } } }',
  );
  const { files } = data as { files: { edges: { node: { size: number; bytesReceived: number } }[] } };
  expect(files.edges.map(({ node }) => [node.size, node.bytesReceived])).toEqual([[3_000_000, 3_000_000]]);
  await window.close();
});

test('a file that is dropped again goes on where it was, rather than being uploaded twice', async () => {
  const window = await open();
  const dropped = { name: 'again.txt', type: 'text/plain', text: 'the same words' };
  await proxy.refuse();
  await window.drop(dropped);
  await window.drop(dropped);
  expect(await window.page.locator('.upload').count()).toBeLessThanOrEqual(1);
  await proxy.restore();
  await window.untilShown('again.txt', 'Processing');
  const { counts } = await until(
    async () => ({ counts: await window.row('again.txt').count() }),
    ({ counts: rows }) => rows === 1,
  );
  expect(counts).toBe(1);
  await window.close();
});
