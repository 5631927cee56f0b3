// The page in a frame of another application, which hands over tokens.
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type EmbeddingApp, startEmbeddingApp } from '../support/embedding-app.ts';
import type { Instance } from '../support/instance.ts';
import { WebPage } from '../support/page.ts';
import { inSeconds, newFileAs, sign, startSignedIn } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let app: EmbeddingApp;
let stranger: EmbeddingApp;
let waybill: Instance;
let browser: Browser;

beforeAll(async () => {
  [app, stranger] = await Promise.all([startEmbeddingApp(() => sign()), startEmbeddingApp(() => sign())]);
  [waybill, browser] = await Promise.all([
    startSignedIn({ env: { WAYBILL_PAGE_EMBED_ORIGINS: app.origin } }),
    launchBrowser(),
  ]);
  for (const each of [app, stranger]) each.embed(waybill.url);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([app.stop(), stranger.stop(), waybill.stop()]);
});
beforeEach(() => {
  app.asked = 0;
  app.giveToken = () => sign();
});

const frameOf = (page: Page): FrameLocator => page.frameLocator('iframe[title=Files]');

test('the application is asked for a token, and for a fresh one before it ends; what is shown goes on', async () => {
  // Each is renewed after two thirds of that; the server accepts it for half a minute more.
  app.giveToken = () => sign({ exp: inSeconds(9) });
  const window = await WebPage.open(browser, app.origin);
  await newFileAs(waybill.url, await sign(), 'first');
  const frame = frameOf(window.page);
  await frame.getByText('first').waitFor();
  await until(
    () => app.asked,
    (asked) => asked >= 3,
  );
  await newFileAs(waybill.url, await sign(), 'second');
  await frame.getByText('second').waitFor();
  // On a machine that is slower than the tokens, it may have asked for a moment.
  await frame.getByText(/has expired or was revoked/).waitFor({ state: 'detached' });
  expect(await window.page.title()).toBe('Our application, with files');
  expect(window.requests.filter((url) => /token=|eyJ/.test(url))).toEqual([]);
  await window.close();
});

test('a token that is refused is told to the application, and shown', async () => {
  app.giveToken = () => Promise.resolve('not a token');
  const window = await WebPage.open(browser, app.origin);
  await frameOf(window.page).getByRole('alert').filter({ hasText: 'not valid' }).waitFor();
  await window.page.waitForFunction(() => document.title === 'Waybill has refused the token');
  await window.close();
});

test('an application of another origin cannot embed the page', async () => {
  const window = await WebPage.open(browser, stranger.origin);
  const shown = await until(
    () => window.page.frames().map((frame) => frame.url()),
    (urls) => urls.length === 2 && !['', 'about:blank'].includes(urls[1]!),
  );
  expect(shown[1]).toMatch(/^chrome-error:/);
  expect(stranger.asked).toBe(0);
  await window.close();
});

test('only the window that embeds the page is listened to, and only from an allowed origin', async () => {
  app.giveToken = () => new Promise(() => undefined);
  const window = await WebPage.open(browser, app.origin);
  const { page } = window;
  await frameOf(page).getByText('The application around this page signs you in.').waitFor();
  await until(
    () => app.asked,
    (asked) => asked === 1,
  );
  const token = await sign();
  const inside = page.frames().find((frame) => frame.url().startsWith(waybill.url))!;
  // The page itself, as a script of its own origin would: the source is not its parent.
  await inside.evaluate((given) => postMessage({ type: 'waybill:token', token: given }, '*'), token);
  // Another window of the allowed origin.
  await page.evaluate((given) => {
    const other = document.body.appendChild(document.createElement('iframe'));
    const script = other.contentDocument!.createElement('script');
    script.textContent = `parent.frames[0].postMessage({ type: 'waybill:token', token: '${given}' }, '*')`;
    other.contentDocument!.body.append(script);
  }, token);
  // Malformed messages of the right window.
  await page.evaluate(() => {
    for (const message of [
      null,
      7,
      'waybill:token',
      {},
      { type: 'waybill:token' },
      { type: 'waybill:token', token: 7 },
    ])
      frames[0]!.postMessage(message, '*');
  });
  // Messages arrive in order: when this one has its effect, the others have had none.
  await page.evaluate(() => frames[0]!.postMessage({ type: 'waybill:token', token: 'not a token' }, '*'));
  await frameOf(page).getByRole('alert').filter({ hasText: 'not valid' }).waitFor();
  await page.evaluate((given) => frames[0]!.postMessage({ type: 'waybill:token', token: given }, '*'), token);
  await frameOf(page).getByRole('button', { name: 'More' }).waitFor();
  await page.evaluate(() => frames[0]!.postMessage({ type: 'waybill:sign-out' }, '*'));
  await frameOf(page).getByLabel('Token or API key').waitFor();
  await window.close();
});
