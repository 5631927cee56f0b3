// The application of thirty lines, in two windows, through whatever happens to servers, networks, laptops and tokens.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { WITHOUT_POSITION } from '../../../bench/transitions/positions.ts';
import { launchBrowser } from '../../support/browser.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { readMetric } from '../../support/http.ts';
import { type WaybillProcess, startProcess } from '../../support/process.ts';
import { JWT_ENV, inSeconds, requestAs, sign } from '../../support/sign-in.ts';
import { type TcpProxy, startTcpProxy } from '../../support/tcp-proxy.ts';
import { type TemporaryDir, createTemporaryDir } from '../../support/temporary-dir.ts';
import { until } from '../../support/until.ts';
import { ExamplePages, ExampleWindow, faultsIn } from './example-page.ts';

const SLOW_CLIENT_TIMEOUT = '2s';
const MIB = 2 ** 20;

let database: TestDatabase;
let pages: ExamplePages;
let waybill: WaybillProcess;
let proxy: TcpProxy;
let browser: Browser;
let context: BrowserContext;
let windows: readonly [ExampleWindow, ExampleWindow];
let token: string;
let dir: TemporaryDir;

const start = (): Promise<WaybillProcess> =>
  startProcess({
    ...JWT_ENV,
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: database.dataDir,
    WAYBILL_CORS_ORIGINS: pages.origin,
    WAYBILL_SLOW_CLIENT_TIMEOUT: SLOW_CLIENT_TIMEOUT,
  });

beforeAll(async () => {
  [database, pages, browser, token, dir] = await Promise.all([
    createDatabase(),
    ExamplePages.start(),
    launchBrowser(),
    sign(),
    createTemporaryDir(),
  ]);
  waybill = await start();
  proxy = await startTcpProxy(waybill.url);
  await pages.build(proxy.urlThrough(waybill.url));
  context = await browser.newContext();
  windows = [
    await ExampleWindow.open(context, pages.origin, token),
    await ExampleWindow.open(context, pages.origin, token),
  ];
});
afterAll(async () => {
  await browser.close();
  await proxy.close();
  await waybill.end('SIGTERM');
  await pages.stop();
  await dir.remove();
  await database.drop();
});

// A test that has failed leaves the others what they need.
beforeEach(async () => {
  if (waybill.child.exitCode === null && waybill.child.signalCode === null) await proxy.restore();
  else await startAgain();
});

const REGISTER = `mutation ($input: RegisterFileInput!) { registerFile(input: $input) {
  ... on RegisterFileSuccess { file { id } } } }`;
const TRANSITION = `mutation ($input: TransitionFileInput!) { transitionFile(input: $input) {
  ... on TransitionFileSuccess { file { version } } } }`;

async function register(name: string, metadata: object = {}): Promise<string> {
  const input = { name, transfer: 'EXTERNAL', metadata };
  type Data = { registerFile: { file: { id: string } } };
  return (await requestAs<Data>(waybill.url, token, REGISTER, { input })).registerFile.file.id;
}

async function move(id: string, event: string): Promise<void> {
  await requestAs(waybill.url, token, TRANSITION, { input: { id, event } });
}

const stored = async (): Promise<string[]> =>
  (
    await database.query<{ row: string }>(
      `select name || ' ' || state as row from file order by created_at desc, id desc`,
    )
  ).map(({ row }) => row);

/** Both windows are live, show what is stored, and have shown nothing that cannot have been. */
async function expectTrue(): Promise<void> {
  await until(
    () => database.query(WITHOUT_POSITION),
    (waiting) => waiting.length === 0,
  );
  const files = await stored();
  for (const window of windows) {
    await window.untilShown(files);
    expect(faultsIn(await window.shown())).toEqual([]);
  }
}

async function kill(): Promise<void> {
  await proxy.refuse();
  await waybill.end('SIGKILL');
}

async function startAgain(): Promise<void> {
  waybill = await start();
  proxy.retarget(Number(new URL(waybill.url).port));
  await proxy.restore();
}

const statusesSince = async (window: ExampleWindow, before: number): Promise<string[]> =>
  (await window.shown()).statuses.slice(before);

it('has thirty lines', () => {
  expect(readFileSync('examples/react/main.tsx', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(30);
});

it('three files are uploaded with bars, over the death of the server, and both windows show them', async () => {
  const [first] = windows;
  await expectTrue();
  // From the disk: as buffers they go to the browser as base64, which took more than 30 s on a busy machine. They are more than
  // the buffers of sockets take, so that a bar stops on its way.
  const files = await Promise.all(
    ['one', 'two', 'three'].map((name, index) => dir.write(name, Buffer.alloc(16 * MIB, index + 1))),
  );
  proxy.afterBytes(4 * MIB, () => proxy.hold());
  await first.page.setInputFiles('input', files);
  await until(
    async () => (await first.shown()).bars.at(-1) ?? [],
    (bars) => bars.length === 3 && bars.some((share) => share > 0 && share < 1),
  );
  await kill();
  await first.untilStatus('reconnecting');
  await startAgain();
  await until(
    async () => (await stored()).toSorted(),
    (rows) => JSON.stringify(rows) === JSON.stringify(['one PROCESSING', 'three PROCESSING', 'two PROCESSING']),
    60_000,
  );
  await expectTrue();
  await until(
    async () => JSON.stringify((await first.shown()).bars.at(-1)),
    (bars) => bars === '[1,1,1]',
  );
});

it('the server is killed and another one started', async () => {
  const ids = [await register('a1'), await register('a2')];
  await expectTrue();
  await kill();
  for (const window of windows) await window.untilStatus('reconnecting');
  waybill = await start();
  await move(ids[0]!, 'START_UPLOAD');
  await register('a3');
  proxy.retarget(Number(new URL(waybill.url).port));
  await proxy.restore();
  await expectTrue();
});

it('the network is cut', async () => {
  const before = (await windows[0].shown()).statuses.length;
  const id = await register('b1');
  await context.setOffline(true);
  proxy.cut();
  for (const window of windows) await window.untilStatus('offline');
  await move(id, 'START_UPLOAD');
  await register('b2');
  await context.setOffline(false);
  await expectTrue();
  expect((await statusesSince(windows[0], before)).filter((status) => status !== 'reconnecting')).toEqual([
    'offline',
    'live',
  ]);
});

it('the laptop is asleep, with its timers, and its connection gone when it wakes', async () => {
  const devtools = await context.newCDPSession(windows[0].page);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  proxy.silence();
  const id = await register('c1');
  await move(id, 'START_UPLOAD');
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await expectTrue();
});

it('a tab is in the background and reads nothing for longer than the server waits', async () => {
  const devtools = await context.newCDPSession(windows[0].page);
  const id = await register('d1', { text: 'x'.repeat(16_000) });
  await expectTrue();
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  proxy.hold();
  // More than the buffers on the way take.
  for (let round = 0; round < 150; round += 1) {
    await register(`d${round + 2}`, { text: 'x'.repeat(16_000) });
    if (round === 75) await move(id, 'START_UPLOAD');
  }
  await until(
    () => readMetric(waybill.url, 'waybill_websockets'),
    (open) => open === 0,
    60_000,
  );
  await proxy.restore();
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await expectTrue();
});

it('the cursor has expired', async () => {
  const id = await register('e1');
  await expectTrue();
  await proxy.refuse();
  await move(id, 'START_UPLOAD');
  await register('e2');
  await until(
    () => database.query(WITHOUT_POSITION),
    (waiting) => waiting.length === 0,
  );
  await database.query('update feed_head set trimmed = (select max(position) from feed_position)');
  await waybill.end('SIGKILL');
  await startAgain();
  await expectTrue();
});

it('tokens expire: a new one is brought in time, and without one the page says so', async () => {
  const page = await ExampleWindow.open(context, pages.origin, await sign({ exp: inSeconds(8) }));
  await page.untilStatus('live');
  const before = (await page.shown()).statuses.length;
  const ends = Date.now() + 12_000;
  let sent = 0;
  while (Date.now() < ends) {
    await page.setToken(await sign({ exp: inSeconds(8) }));
    await register(`f${(sent += 1)}`);
    await sleep(250);
  }
  expect(await statusesSince(page, before)).not.toContain('failed');
  await page.setToken(await sign({ exp: inSeconds(-60) }));
  await page.untilStatus('failed');
  await register('g1');
  await page.setToken(await sign());
  await page.page.locator('button').first().click();
  await page.untilShown(await stored());
  expect(faultsIn(await page.shown())).toEqual([]);
});
