// Signing in at a real OpenID provider: code flow with PKCE in a real browser, renewal, and signing out.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider.ts';
import { WebPage, reportedBy } from '../support/page.ts';
import { newFileAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let provider: OidcProvider;
let waybill: Instance;
let browser: Browser;

/** The server accepts each token for 15 s: it tolerates 30. The page renews it after 6, two thirds of what it is told. */
const LIFETIMES = { accessS: 9, soonerS: 24 };

beforeAll(async () => {
  provider = await startOidcProvider(LIFETIMES);
  [waybill, browser] = await Promise.all([startInstance({ env: provider.env }), launchBrowser()]);
  provider.serve(`${waybill.url}/`);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([waybill.stop(), provider.stop()]);
});

const signInButton = (page: Page) =>
  page.getByRole('button', { name: `Sign in with ${new URL(provider.issuer).host}` });

/** On the pages of the provider. */
async function signIn(page: Page, name: string): Promise<void> {
  await signInButton(page).click();
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

const register = async (name: string): Promise<void> => newFileAs(waybill.url, await provider.sign('robot'), name);

test('people sign in, tokens are renewed while the list stays live, and signing out ends it at the provider too', async () => {
  await register('before');
  const window = await WebPage.open(browser, `${waybill.url}/#/?state=UNTRACKED`);
  const { page } = window;
  await signIn(page, 'ann');
  await window.untilShown('before', 'Untracked');
  // What was shown before, and nothing of the code.
  expect(page.url()).toBe(`${waybill.url}/#/?state=UNTRACKED`);
  const kept = (): Promise<string> =>
    page.evaluate(() => [localStorage, sessionStorage].map((each) => JSON.stringify(each)).join(document.cookie));
  expect(await kept()).not.toMatch(/eyJ|verifier|waybill:sign-in/);

  const names = ['before'];
  while (provider.refreshed < 3) {
    const name = `file ${names.length}`;
    names.push(name);
    await register(name);
    await window.untilShown(name, 'Untracked');
    await page.waitForTimeout(1_000);
  }
  // By now the server accepts the first token no more.
  expect(await page.getByText(/has expired or was revoked/).count()).toBe(0);
  await page.keyboard.press('Home');
  const shown = await page.locator('.table-body .cell-name').allInnerTexts();
  expect(new Set(shown).size).toBe(shown.length);
  await page.getByRole('button', { name: new RegExp(`^Untracked\\s*${names.length}$`) }).waitFor();

  await page.getByRole('button', { name: 'More' }).click();
  await page.getByText('ann · red').waitFor();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await signInButton(page).click();
  // Nobody is signed in there either.
  await page.getByPlaceholder('Enter any login').waitFor();
  expect(reportedBy(waybill)).toEqual([]);
  await window.close();
});

test('when the provider renews nothing any more, the page asks, and what was shown is shown again', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await register('looked at');
  await signIn(page, 'bob');
  await window.row('looked at').click();
  await page.getByRole('heading', { name: 'looked at' }).waitFor();
  provider.revokeAll();
  await page.getByText(/has expired or was revoked/).waitFor({ timeout: 60_000 });
  expect(await page.getByRole('heading', { name: 'looked at' }).count()).toBe(1);
  // The provider knows who it is yet, and only asks for consent.
  await signInButton(page).click();
  await page.getByText('confirm previously given authorization').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'looked at' }).waitFor();
  await window.close();
});

test('an answer that belongs to no sign-in of this window is refused, and says so; the code is not used', async () => {
  const window = await WebPage.open(browser, `${waybill.url}/?code=stolen&state=made-up`);
  const { page } = window;
  await page.getByRole('alert').filter({ hasText: 'belongs to no sign-in of this window' }).waitFor();
  expect(page.url()).toBe(`${waybill.url}/`);
  expect(window.foreignRequests).toEqual([]);
  // What the provider refuses is said too.
  await signInButton(page).click();
  await page.getByRole('link', { name: '[ Cancel ]' }).click();
  await page
    .getByRole('alert')
    .filter({ hasText: /did not work/ })
    .waitFor();
  await window.close();
});

test('a provider that cannot be reached is said to be the reason', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await page.route(`${provider.issuer}/**`, (route) => route.abort());
  await signInButton(page).click();
  await page
    .getByRole('alert')
    .filter({ hasText: /provider did not work/ })
    .waitFor();
  await until(
    () => signInButton(page).isEnabled(),
    (isEnabled) => isEnabled,
  );
  await window.close();
});
