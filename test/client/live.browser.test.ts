// The client in a real browser: two pages, and what happens to pages.
import { rolldown } from 'rolldown';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as client from '../../packages/client/src/index.ts';
import { launchBrowser } from '../support/browser.ts';
import { newFile, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** What the bundle leaves on a page. */
interface PageWindow {
  readonly waybillClient: typeof client;
  list: client.LiveFiles;
  notified: number;
  frames: number;
  /** When it began to count, as `performance.now()`. */
  since: number;
}

/** After so long the client notifies without a frame (packages/client/src/live/frame.ts). */
const WITHOUT_FRAME_MS = 250;

let database: TestDatabase;
let waybill: Instance;
let proxy: TcpProxy;
let browser: Browser;
let bundle: string;

beforeAll(async () => {
  database = await createDatabase();
  waybill = await startInstance({ database });
  proxy = await startTcpProxy(waybill.url);
  browser = await launchBrowser();
  const built = await rolldown({ input: 'packages/client/src/index.ts', platform: 'browser' });
  const { output } = await built.generate({ format: 'iife', name: 'waybillClient', codeSplitting: false });
  await built.close();
  bundle = output[0].code;
});
afterAll(async () => {
  await browser.close();
  await proxy.close();
  await waybill.stop();
  await database.drop();
});

/** A page of the server's own origin, by way of the proxy, with a live list. */
async function openList(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${proxy.urlThrough(waybill.url)}healthz`);
  await page.addScriptTag({ content: bundle });
  await page.evaluate(() => {
    const own = globalThis as unknown as PageWindow;
    own.list = own.waybillClient.createWaybill({ url: location.origin }).live.files({}, { pageSize: 1_000 });
    own.notified = 0;
    own.frames = 0;
    own.since = performance.now();
    own.list.subscribe(() => (own.notified += 1));
    const count = (): void => {
      own.frames += 1;
      requestAnimationFrame(count);
    };
    count();
  });
  await untilStatus(page, 'live');
  return page;
}

const read = (page: Page): Promise<{ status: string; shown: string[] }> =>
  page.evaluate(() => {
    const { status, files } = (globalThis as unknown as PageWindow).list.getSnapshot();
    return { status, shown: files.map(({ name, version }) => `${name} ${version}`) };
  });

const untilStatus = (page: Page, wanted: string): Promise<unknown> =>
  until(
    () => read(page),
    ({ status }) => status === wanted,
  );

const untilShown = (page: Page, ...wanted: string[]): Promise<unknown> =>
  until(
    () => read(page),
    ({ shown, status }) => status === 'live' && JSON.stringify(shown) === JSON.stringify(wanted),
  );

it('two pages show the same through outages, a restart, no network, and sleep', async () => {
  const pages = [await openList(), await openList()];
  const [first] = pages;
  const both = async (...names: string[]): Promise<void> => {
    for (const page of pages) await untilShown(page, ...names);
  };
  const id = await newFile(waybill.url, { name: 'a' });
  await both('a 0');

  await proxy.refuse();
  for (const page of pages) await untilStatus(page, 'reconnecting');
  await transition(waybill.url, id, 'START_UPLOAD');
  await waybill.stop();
  waybill = await startInstance({ database });
  await newFile(waybill.url, { name: 'b' });
  proxy.retarget(Number(new URL(waybill.url).port));
  await proxy.restore();
  await both('b 0', 'a 1');

  await first!.context().setOffline(true);
  proxy.cut();
  await untilStatus(first!, 'offline');
  await transition(waybill.url, id, 'COMPLETE_UPLOAD');
  await first!.context().setOffline(false);
  await both('b 0', 'a 2');

  // As a laptop that sleeps: nothing runs, and the connection is gone when it wakes.
  const devtools: CDPSession = await first!.context().newCDPSession(first!);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  proxy.silence();
  await newFile(waybill.url, { name: 'c' });
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await both('c 0', 'b 0', 'a 2');
});

it('a page is notified at most once a frame', async () => {
  const page = await openList();
  const count = (): Promise<{ notified: number; frames: number }> =>
    page.evaluate((withoutFrameMs) => {
      const { notified, frames, since } = globalThis as unknown as PageWindow;
      // A machine that draws more seldom is not waited for: the client has a timer beside.
      return { notified, frames: frames + Math.floor((performance.now() - since) / withoutFrameMs) };
    }, WITHOUT_FRAME_MS);
  const before = await count();
  const ids = await Promise.all(Array.from({ length: 100 }, (_, at) => newFile(waybill.url, { name: `many ${at}` })));
  await until(
    async () => (await read(page)).shown.filter((name) => name.startsWith('many ')).length,
    (shown) => shown === ids.length,
  );
  const after = await count();
  expect(after.notified - before.notified).toBeGreaterThan(0);
  expect(after.notified - before.notified).toBeLessThanOrEqual(after.frames - before.frames + 1);
});
