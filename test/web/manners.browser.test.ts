// The page for people who use the keyboard only, or listen to it.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { newFile, readFile as readStored, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { WebPage } from '../support/page.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let browser: Browser;
let ids: string[];

beforeAll(async () => {
  [waybill, browser] = await Promise.all([startInstance(), launchBrowser()]);
  ids = [];
  for (const name of ['third', 'second', 'first']) ids.unshift(await newFile(waybill.url, { name }));
  await transition(waybill.url, ids[0]!, 'START_UPLOAD');
  await transition(waybill.url, ids[0]!, 'FAIL_UPLOAD');
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
});

const stateOf = async (id: string): Promise<string> => (await readStored(waybill.url, id))!.state;

test('everything is done with the keyboard: moving, opening, selecting, refusals, searching, help', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  const { keyboard } = page;
  await window.row('first').waitFor();
  const active = (): Promise<string | null> => page.getByRole('grid').getAttribute('aria-activedescendant');
  await keyboard.press('j');
  await keyboard.press('j');
  await keyboard.press('j');
  await expect.poll(active).toBe(`row-${ids[1]}`);
  await keyboard.press('k');
  await expect.poll(active).toBe(`row-${ids[0]}`);

  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'first' }).waitFor();
  await keyboard.press('Escape');
  await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
  // The focus is where it was.
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('files');

  await keyboard.press('x');
  await keyboard.press('j');
  await keyboard.press('x');
  const toolbar = page.getByRole('toolbar', { name: '2 selected' });
  await toolbar.getByRole('button', { name: 'Retry' }).press('Enter');
  await window
    .row('second')
    .getByText(/Retry is not possible/)
    .waitFor();
  await window.row('first').filter({ hasText: 'Untracked' }).waitFor();
  expect([await stateOf(ids[0]!), await stateOf(ids[1]!)]).toEqual(['UNTRACKED', 'UNTRACKED']);
  expect(
    await window
      .row('first')
      .getByText(/not possible/)
      .count(),
  ).toBe(0);

  await keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await keyboard.press('/');
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
  await keyboard.insertText('nothing like it');
  await page.getByText('Nothing was found').waitFor();
  await keyboard.press('Escape');
  await window.row('second').waitFor();
  expect(window.complaints).toEqual([]);
  await window.close();
});

test('the focus stays while rows come and move', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await window.row('second').waitFor();
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const active = (): Promise<string | null> => page.getByRole('grid').getAttribute('aria-activedescendant');
  await expect.poll(active).toBe(`row-${ids[1]}`);
  await newFile(waybill.url, { name: 'newer' });
  await window.row('newer').waitFor();
  expect(await active()).toBe(`row-${ids[1]}`);
  await page.keyboard.press('j');
  await expect.poll(active).toBe(`row-${ids[2]}`);
  await window.close();
});

const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluateAll((all) => all.includes(document.activeElement as HTMLElement));

/** A menu and a dialog move the focus a moment after the key. */
const untilFocused = (target: Locator): Promise<unknown> => until(() => hasFocus(target), Boolean);

/** Presses Tab until this has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let left = 40; left > 0; left -= 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not lead there');
}

test('what is left is done with the keyboard too: filters, the menu, uploads, one file, questions', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  const { keyboard } = page;
  await window.row('third').waitFor();
  await page.getByRole('link', { name: 'Skip to the files' }).focus();
  await keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('files');

  await page.locator('body').press('/');
  await tabTo(page, page.getByRole('combobox', { name: 'Type' }));
  await keyboard.press('V');
  await page.getByText('No file matches').waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Show all files' }));
  await keyboard.press('Enter');
  await window.row('third').waitFor();
  await page.locator('body').press('/');
  await tabTo(page, page.getByRole('button', { name: 'More' }));
  await keyboard.press('Enter');
  await untilFocused(page.getByRole('menuitem').first());
  await keyboard.press('End');
  await untilFocused(page.getByRole('menuitemradio', { name: 'Dark' }));
  await keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  await tabTo(page, page.getByRole('button', { name: /^Untracked/ }));
  await keyboard.press('Space');
  await expect.poll(() => page.getByRole('button', { name: /^Untracked/ }).getAttribute('aria-pressed')).toBe('true');

  await page.route('**/uploads/*', (route) => route.abort());
  await window.drop({ name: 'by keys.txt', type: 'text/plain', text: 'words' });
  await tabTo(page, page.getByRole('button', { name: 'Pause: by keys.txt' }));
  await keyboard.press('Enter');
  // The focus stays on what it has become.
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toBe('Resume: by keys.txt');
  await tabTo(page, page.getByRole('button', { name: 'Cancel: by keys.txt' }));
  await keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'Uploads' }).waitFor({ state: 'detached' });

  const id = await newFile(waybill.url, { name: 'last' });
  await page.evaluate((fileId) => (location.hash = `#/?file=${fileId}`), id);
  await page.getByRole('heading', { name: 'last' }).waitFor();
  const remove = page.getByRole('region', { name: 'Actions' }).getByRole('button', { name: 'Delete' });
  await tabTo(page, remove);
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await untilFocused(remove);
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
  await keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
  expect(await readStored(waybill.url, id)).toBeNull();
  await window.close();
});
