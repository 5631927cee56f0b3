// The page in a real browser: what somebody does with it who has just opened the URL that the program printed.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { newFile } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type Dropped, WebPage, reportedBy } from '../support/page.ts';

let database: TestDatabase;
let waybill: Instance;
let browser: Browser;
let opened: WebPage[] = [];

beforeAll(async () => {
  database = await createDatabase();
  [waybill, browser] = await Promise.all([
    startInstance({ database, env: { WAYBILL_PROCESSING: 'builtin' } }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
  await database.drop();
});
afterEach(async () => {
  const [foreign, complaints] = [
    opened.flatMap(({ foreignRequests }) => foreignRequests),
    opened.flatMap((each) => each.complaints),
  ];
  await Promise.all(opened.map((each) => each.close()));
  opened = [];
  expect(foreign, 'requests to anybody else').toEqual([]);
  expect(complaints, 'complaints in the console').toEqual([]);
  expect(reportedBy(waybill), 'reports of what the policy has forbidden').toEqual([]);
});

async function open(path = '/'): Promise<WebPage> {
  const page = await WebPage.open(browser, waybill.url + path);
  opened.push(page);
  return page;
}

const text = (name: string, words = `The words of ${name}.`): Dropped => ({ name, type: 'text/plain', text: words });

test('files that are dropped end INDEXED, in the window they were dropped on and in another one', async () => {
  const [one, other] = [await open(), await open()];
  await one.drop(text('first.txt'), text('second.txt'), text('third.txt'));
  for (const window of [one, other]) {
    for (const name of ['first.txt', 'second.txt', 'third.txt']) await window.untilShown(name, 'Indexed');
  }
  await one.page.getByRole('heading', { name: 'All uploads are done' }).waitFor();
  await other.page.getByRole('button', { name: /^Indexed\s*3$/ }).waitFor();
});

test('a file that is registered elsewhere appears by itself', async () => {
  const window = await open();
  await newFile(waybill.url, { name: 'from elsewhere.bin' });
  await window.untilShown('from elsewhere.bin', 'Untracked');
});
