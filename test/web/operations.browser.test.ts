// The operations view: what an admin sees and does there, in a real browser.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import type { Instance } from '../support/instance.ts';
import { WebPage } from '../support/page.ts';
import { requestAs, sign, startSignedIn, statusAs } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { ALLOW_LOOPBACK, type Receiver, answerStatus, startReceiver } from '../support/webhook-receiver.ts';

let waybill: Instance;
let browser: Browser;
let receiver: Receiver;
let token: string;
let window: WebPage | undefined;

beforeAll(async () => {
  [waybill, browser, receiver, token] = await Promise.all([
    startSignedIn({ env: { ...ALLOW_LOOPBACK, WAYBILL_QUOTA_FILES: '50' } }),
    launchBrowser(),
    startReceiver(),
    sign(),
  ]);
  // It is built when it is first asked for.
  await fetch(waybill.url);
}, 180_000);
afterAll(async () => {
  await browser.close();
  await waybill.stop();
  await receiver.close();
});
afterEach(async () => {
  const found = [window?.foreignRequests, window?.complaints];
  await window?.close();
  window = undefined;
  expect(found).toEqual([[], []]);
});

async function open(given = token): Promise<Page> {
  window = await WebPage.open(browser, `${waybill.url}/#/?view=operations`);
  const { page } = window;
  await page.getByLabel('Token or API key').fill(given);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}

const readAs = <Data>(query: string): Promise<Data> => requestAs<Data>(waybill.url, token, query);

/** One that waits for a worker. */
async function queueFile(): Promise<string> {
  type Registered = { registerFile: { file: { id: string } } };
  const { registerFile } = await readAs<Registered>(
    'mutation { registerFile(input: { name: "a", transfer: EXTERNAL }) { ... on RegisterFileSuccess { file { id } } } }',
  );
  const input = `(input: { id: "${registerFile.file.id}" }) { __typename }`;
  await readAs(`mutation { startUpload${input} completeUpload${input} }`);
  return registerFile.file.id;
}

test('charts follow what happens, and stop while they are paused', async () => {
  const page = await open();
  const now = (name: string) => page.getByRole('figure', { name }).locator('.chart-now');
  await expect.poll(() => now('Queue depth').textContent(), { timeout: 30_000 }).toBe('0');
  await expect.poll(() => now('Subscribers').textContent(), { timeout: 30_000 }).toBe('1');
  await queueFile();
  await expect.poll(() => now('Queue depth').textContent(), { timeout: 30_000 }).toBe('1');
  await page.getByText('1 for workers of your own').waitFor();
  await page.getByRole('img', { name: /^Queue depth: 1 now, 1 at most/ }).waitFor();
  await page.getByRole('region', { name: 'Usage' }).getByText('of 50').waitFor();
  // Drawn: the canvas is not empty.
  const canvas = page.getByRole('figure', { name: 'Queue depth' }).locator('canvas');
  const inked = (): Promise<boolean> =>
    canvas.evaluate((element: HTMLCanvasElement) =>
      element
        .getContext('2d')!
        .getImageData(0, 0, element.width, element.height)
        .data.some((value) => value !== 0),
    );
  await expect.poll(inked).toBe(true);

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused. What you see was true then.').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await queueFile();
  await expect.poll(() => now('Queue depth').textContent(), { timeout: 30_000 }).toBe('2');
});

test('a webhook is added, its secret shown once, disabled, enabled, given a new secret, replayed and removed', async () => {
  receiver.answer = answerStatus(500);
  const page = await open();
  await page.getByText('No webhooks yet').waitFor();
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('URL').fill('http://192.0.2.1/hook');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog
    .getByRole('alert')
    .filter({ hasText: /does not send to/ })
    .waitFor();
  await dialog.getByLabel('URL').fill(receiver.url);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const secret = page.getByRole('dialog', { name: 'The secret' }).getByLabel('The secret');
  await secret.waitFor();
  const first = await secret.inputValue();
  expect(first).toMatch(/^whsec_/);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('heading', { name: receiver.url }).waitFor();
  expect(await page.content()).not.toContain(first);

  const fileId = await queueFile();
  const button = (name: string) => page.getByRole('button', { name: `${name}: ${receiver.url}` });
  await button('Deliveries').click();
  // Read again every ten seconds.
  await page
    .getByRole('button', { name: `Open the file ${fileId}` })
    .first()
    .waitFor({ timeout: 60_000 });
  await page
    .getByText(/status 500/)
    .first()
    .waitFor();

  receiver.answer = answerStatus(204);
  await button('Replay').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
  await page.getByText('It is being sent again.').waitFor();
  await until(
    () => new Set(receiver.received.map(({ id }) => id)).size,
    (size) => size >= 3,
  );

  await button('New secret').click();
  await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
  await secret.waitFor();
  expect(await secret.inputValue()).not.toBe(first);
  await page.keyboard.press('Escape');

  await button('Disable').click();
  await button('Enable').waitFor();
  await button('Enable').click();
  await button('Disable').waitFor();
  await button('Remove').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No webhooks yet').waitFor();
});

test('an API key is created, works with what is shown once, and not after it was revoked', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Create a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('scanner');
  await dialog.getByLabel(/^Uploader/).check();
  await dialog.getByLabel('Expires').selectOption('in 30 days');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const secret = page.getByRole('dialog', { name: 'The secret' }).getByLabel('The secret');
  await secret.waitFor();
  const key = await secret.inputValue();
  expect(await statusAs(waybill.url, key)).toBe(200);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Viewer, Uploader').waitFor();

  await page.getByRole('button', { name: 'Revoke: scanner' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No API keys yet').waitFor();
  await until(
    () => statusAs(waybill.url, key),
    (status) => status === 401,
  );
});

test('the view is for admins, and the keyboard leads there and back', async () => {
  const page = await open(await sign({ sub: 'bob', roles: ['uploader'] }));
  await page.getByText('This is for admins').waitFor();
  expect(await page.getByRole('navigation', { name: 'Views' }).count()).toBe(0);
  await window!.close();

  const own = await open();
  await own.getByRole('heading', { name: 'Usage' }).waitFor();
  await own.locator('body').press('o');
  await own.getByRole('region', { name: 'Files' }).waitFor();
  await own.locator('body').press('o');
  await own.getByRole('heading', { name: 'Usage' }).waitFor();
  expect(await own.getByRole('link', { name: 'Operations' }).getAttribute('aria-current')).toBe('page');
});
