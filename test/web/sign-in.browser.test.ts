// The page with sign-in: who one is decides what is shown, and a token is nowhere but in the memory of the page.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import type { Instance } from '../support/instance.ts';
import { WebPage, reportedBy } from '../support/page.ts';
import { createKeyAs, inSeconds, newFileAs, revokeKeyAs, sign, startSignedIn } from '../support/sign-in.ts';

let waybill: Instance;
let browser: Browser;

beforeAll(async () => {
  [waybill, browser] = await Promise.all([startSignedIn({ env: { WAYBILL_PROCESSING: 'builtin' } }), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
});

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token or API key').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a token is asked for, works for everything, and is not kept', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await signIn(page, 'not a token');
  await page.getByRole('alert').filter({ hasText: 'not valid' }).waitFor();
  const token = await sign();
  await signIn(page, token);
  await page.getByText('No files yet').waitFor();

  await window.drop({ name: 'secret plan.txt', type: 'text/plain', text: 'The words of the plan.' });
  await window.untilShown('secret plan.txt', 'Indexed');
  await window.row('secret plan.txt').click();
  // By the URL that carries the right to it.
  await page.locator('pre').filter({ hasText: 'The words of the plan.' }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('secret plan.txt');

  const kept = await page.evaluate(() =>
    [localStorage, sessionStorage].map((each) => JSON.stringify(each)).join(document.cookie),
  );
  expect(kept).not.toContain(token.slice(0, 20));
  expect(window.requests.filter((url) => url.includes(token))).toEqual([]);
  await page.reload();
  await page.getByLabel('Token or API key').waitFor();
  await window.close();
});

test('whoever may only read is offered nothing that changes files', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await signIn(page, await sign({ sub: 'bob', roles: ['viewer'] }));
  await window.row('secret plan.txt').click();
  await page.getByRole('link', { name: 'Download' }).waitFor();
  for (const name of ['Upload', 'Delete', 'Reset', 'Process again']) {
    expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
  }
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByText('bob · red').waitFor();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('Token or API key').waitFor();
  await window.close();
});

const TOLERANCE_S = 30;

test('when a token ends, what is shown stays, and goes on once the same person has signed in again', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  // The server accepts it for 20 s yet.
  await signIn(page, await sign({ sub: 'eve', exp: inSeconds(20 - TOLERANCE_S) }));
  await window.row('secret plan.txt').click();
  await page.getByRole('link', { name: 'Download' }).waitFor();
  const asks = page.getByRole('region', { name: 'Sign in' });
  await asks.getByText(/has expired or was revoked/).waitFor({ timeout: 60_000 });
  // It is asked beside what is shown.
  expect(await window.row('secret plan.txt').count()).toBe(1);
  expect(await page.getByRole('heading', { name: 'secret plan.txt' }).count()).toBe(1);

  await signIn(page, 'not a token');
  await asks.getByText(/not valid/).waitFor();
  await newFileAs(waybill.url, await sign(), 'meanwhile.bin');
  await signIn(page, await sign({ sub: 'eve' }));
  await asks.waitFor({ state: 'detached' });
  await window.untilShown('meanwhile.bin', 'Untracked');
  expect(await page.getByRole('heading', { name: 'secret plan.txt' }).count()).toBe(1);
  expect(await window.row('meanwhile.bin').count()).toBe(1);
  await window.close();
});

test('when a key is revoked, somebody of another tenant who signs in then sees nothing of what was shown', async () => {
  const token = await sign();
  const key = await createKeyAs(waybill.url, token);
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await signIn(page, key.secret);
  await window.row('secret plan.txt').waitFor();
  await revokeKeyAs(waybill.url, token, key.id);
  await page.getByText(/has expired or was revoked/).waitFor({ timeout: 60_000 });
  await signIn(page, await sign({ sub: 'mallory', tenant: 'blue' }));
  await page.getByText('No files yet').waitFor();
  expect(await window.row('secret plan.txt').count()).toBe(0);
  expect(reportedBy(waybill)).toEqual([]);
  await window.close();
});
