// The hooks on a page, in StrictMode, which mounts everything twice.
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { rolldown } from 'rolldown';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWaybill } from '../../../packages/client/src/client.ts';
import { launchBrowser } from '../../support/browser.ts';
import { newFile, transition } from '../../support/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { until } from '../../support/until.ts';
import { App } from './app.tsx';
import type { ReactPage } from './page.tsx';

let waybill: Instance;
let browser: Browser;
let bundle: string;

beforeAll(async () => {
  waybill = await startInstance();
  browser = await launchBrowser();
  const built = await rolldown({
    input: 'test/client/react/page.tsx',
    platform: 'browser',
    // That 'use client' says nothing to a browser.
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
  });
  const { output } = await built.generate({ format: 'iife', codeSplitting: false });
  await built.close();
  bundle = output[0].code;
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
});

interface Opened {
  readonly page: Page;
  /** Operations that the page has sent, by name. */
  readonly sent: string[];
  /** Errors and warnings. */
  readonly complaints: string[];
}

const nameOf = (body: string | Buffer | null): string[] =>
  [...String(body).matchAll(/"query":"\w+ (\w+)/g)].map(([, name = '']) => name);

/** A page of the server's own origin. */
async function open(markup = ''): Promise<Opened> {
  const page = await browser.newPage();
  const opened: Opened = { page, sent: [], complaints: [] };
  page.on('request', (request) => opened.sent.push(...nameOf(request.postData())));
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => opened.sent.push(...nameOf(payload))));
  page.on('pageerror', (error) => opened.complaints.push(error.message));
  page.on('console', (message) => {
    const isFavicon = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isFavicon) opened.complaints.push(message.text());
  });
  await page.goto(`${waybill.url}/healthz`);
  if (markup !== '') await page.setContent(`<div id="root">${markup}</div>`);
  await page.addScriptTag({ content: bundle });
  return opened;
}

const call = (page: Page, name: 'start' | 'hydrate' | 'unmount'): Promise<void> =>
  page.evaluate((own) => (globalThis as unknown as { reactPage: ReactPage }).reactPage[own](), name);

const untilShown = (page: Page, selector: string, ...wanted: string[]): Promise<unknown> =>
  until(
    () => page.locator(selector).allInnerTexts(),
    (shown) => JSON.stringify(shown) === JSON.stringify(wanted),
  );

/** Waits until exactly these operations were sent; the counts may have been read again. */
const untilSent = (sent: readonly string[], ...wanted: string[]): Promise<unknown> =>
  until(
    () => sent.filter((name, at) => name !== 'ReadCounts' || sent.indexOf(name) === at).toSorted(),
    (names) => JSON.stringify(names) === JSON.stringify(wanted),
  );

it('a list has one subscription, until its filter says something else', async () => {
  const { page, sent, complaints } = await open();
  await newFile(waybill.url, { name: 'a' });
  await call(page, 'start');
  await untilShown(page, '#status', 'live');
  await untilShown(page, 'li span', 'a UNTRACKED');
  await untilShown(page, '#untracked', '1');
  // Of the list and of the counts.
  const asked = ['FollowChanges', 'ReadCounts', 'ReadFiles', 'WatchChanges'];
  await untilSent(sent, ...asked);

  await page.click('#render');
  await untilShown(page, '#render', '1');
  await newFile(waybill.url, { name: 'b' });
  await untilShown(page, 'li span', 'a UNTRACKED', 'b UNTRACKED');
  await untilShown(page, '#untracked', '2');
  expect(sent.filter((name) => name !== 'ReadCounts')).toHaveLength(asked.length - 1);

  await page.click('#failed');
  await untilShown(page, 'li span');
  await untilShown(page, '#status', 'live');
  await untilSent(sent, 'FollowChanges', 'FollowChanges', 'ReadCounts', 'ReadFiles', 'ReadFiles', 'WatchChanges');
  expect(complaints).toEqual([]);
});

it('an event is shown at once, and a refusal with its code', async () => {
  const { page } = await open();
  const id = await newFile(waybill.url, { name: 'third' });
  await call(page, 'start');
  const row = page.locator('li', { hasText: 'third' });
  await row.waitFor();
  await row.locator('.choose').click();
  await untilShown(page, '#chosen', 'third UNTRACKED live');

  await row.locator('.fail').click();
  await untilShown(page, '#sending', 'TRANSITION_NOT_ALLOWED');
  const statesShown = (): Promise<(string | undefined)[]> =>
    page.evaluate(() =>
      (globalThis as unknown as { reactPage: ReactPage }).reactPage.rendered.map(
        ({ files }) => files.find(({ name }) => name === 'third')?.state,
      ),
    );
  // The list tells of the rollback in the next frame: after the hook has told of the refusal.
  await until(statesShown, (states) => states.at(-1) === 'UNTRACKED');
  expect(await statesShown()).toContain('FAILED');

  await row.locator('.start').click();
  await untilShown(page, '#sending', 'idle');
  await untilShown(page, '#chosen', 'third UPLOADING live');
  await transition(waybill.url, id, 'COMPLETE_UPLOAD');
  await untilShown(page, '#chosen', 'third PROCESSING live');
  await row.waitFor({ state: 'detached' });
});

it('a page takes over what a server has rendered, without a difference', async () => {
  const client = createWaybill({ url: waybill.url });
  const { page, complaints } = await open(renderToString(createElement(App, { waybill: client })));
  await untilShown(page, '#status', 'loading');
  await call(page, 'hydrate');
  await untilShown(page, '#status', 'live');
  const mended = await page.evaluate(() => (globalThis as unknown as { reactPage: ReactPage }).reactPage.mended);
  expect([mended, complaints]).toEqual([[], []]);
});

it('an unmounted page follows nothing, and one that is mounted again goes on', async () => {
  const { page, sent } = await open();
  const closed = new Promise<void>((resolve) => {
    page.on('websocket', (socket) => socket.on('close', () => resolve()));
  });
  await call(page, 'start');
  await untilShown(page, '#status', 'live');
  await call(page, 'unmount');
  await closed;
  sent.length = 0;
  await newFile(waybill.url, { name: 'fourth' });
  await call(page, 'start');
  await page.locator('li', { hasText: 'fourth' }).waitFor();
  await until(
    () => sent,
    (names) => names.includes('FollowChanges'),
  );
});
