// Every view of the page, light and dark, on small, usual and very wide screens: axe finds nothing wrong, and nothing is wider than
// the screen. From right to left too.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type axe from 'axe-core';
import { launchBrowser } from '../support/browser.ts';
import { newFile, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { WebPage } from '../support/page.ts';
import { startSignedIn } from '../support/sign-in.ts';
import { untilState, uploadText } from '../support/upload-text.ts';

const SIZES = [
  { width: 360, height: 740 },
  { width: 1_280, height: 800 },
  { width: 2_560, height: 1_300 },
];

let waybill: Instance;
let withSignIn: Instance;
let browser: Browser;
let axeSource: string;
let failed: string;
let indexed: string;

beforeAll(async () => {
  [waybill, withSignIn, browser] = await Promise.all([
    startInstance({ env: { WAYBILL_PROCESSING: 'text/*=builtin,*=external' } }),
    startSignedIn(),
    launchBrowser(),
  ]);
  axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const name of ['third', 'folder/second']) await newFile(waybill.url, { name });
  failed = await newFile(waybill.url, { name: 'first', size: 1_000 });
  await transition(waybill.url, failed, 'START_UPLOAD');
  await transition(waybill.url, failed, 'FAIL_UPLOAD');
  indexed = await uploadText(waybill.url, 'The zebra is striped.');
  await untilState(waybill.url, indexed, 'INDEXED');
});
afterAll(async () => {
  await browser.close();
  await Promise.all([waybill.stop(), withSignIn.stop()]);
});

const files = (page: Page): Promise<void> => page.getByRole('row').nth(2).waitFor();

/** Whatever is asked is refused: trying again would not help. */
const refuse = (page: Page): Promise<unknown> =>
  page.route('**/graphql', (route) =>
    route.fulfill({ json: { errors: [{ message: 'No.', extensions: { code: 'FORBIDDEN' } }] } }),
  );

interface View {
  readonly path?: () => string;
  readonly before?: (page: Page) => Promise<unknown>;
  readonly show: (page: Page, window: WebPage) => Promise<unknown>;
}

const VIEWS: Readonly<Record<string, View>> = {
  files: { show: files },
  'files that are selected, and refuse what was asked': {
    show: async (page) => {
      await files(page);
      for (const name of ['second', 'third']) await page.getByRole('row', { name }).getByRole('checkbox').check();
      await page.getByRole('toolbar').getByRole('button', { name: 'Reset' }).click();
      await page.locator('.refusal').first().waitFor();
    },
  },
  'the question before files are deleted': {
    show: async (page) => {
      await files(page);
      await page.getByRole('row').nth(1).getByRole('checkbox').check();
      await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  'the keys': {
    show: async (page) => {
      await files(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  'the menu': {
    show: async (page) => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor();
    },
  },
  'a file that is indexed': {
    path: () => `/#/?file=${indexed}`,
    show: async (page) => {
      await page.locator('.timeline').waitFor();
      await page.getByText('The zebra is striped.').first().waitFor();
    },
  },
  'a file that has failed': { path: () => `/#/?file=${failed}`, show: (page) => page.locator('.timeline').waitFor() },
  'a file that is gone': {
    path: () => '/#/?file=file_0',
    show: (page) => page.getByText(/does not exist/).waitFor(),
  },
  'an empty list': { path: () => '/#/?kind=video', show: (page) => page.getByText('No file matches').waitFor() },
  'a search with hits': { path: () => '/#/?search=zebra', show: (page) => page.locator('mark').first().waitFor() },
  'a search without hits': {
    path: () => '/#/?search=okapi',
    show: (page) => page.getByText('Nothing was found').waitFor(),
  },
  operations: {
    path: () => '/#/?view=operations',
    show: async (page) => {
      await page.getByText('No API keys yet').waitFor();
      await page.getByText('No webhooks yet').waitFor();
      await page.getByRole('figure', { name: 'Queue depth' }).locator('canvas').waitFor();
    },
  },
  'a webhook to add': {
    path: () => '/#/?view=operations',
    show: async (page) => {
      await page.getByRole('button', { name: 'Add a webhook' }).click();
      await page.getByRole('dialog').getByLabel('URL').waitFor();
    },
  },
  'a list that is refused': { before: refuse, show: (page) => page.getByText('cannot be shown').waitFor() },
  'a search that is refused': {
    path: () => '/#/?search=zebra',
    before: refuse,
    show: (page) => page.getByText('did not work').waitFor(),
  },
  uploads: {
    before: (page) => page.route('**/uploads/*', (route) => route.abort()),
    show: async (page, window) => {
      await window.drop(...['one.txt', 'two.txt'].map((name) => ({ name, type: '', text: 'words' })));
      await page.getByText('Waiting for the server').first().waitFor();
      await page.getByRole('button', { name: 'Pause: one.txt' }).click();
      await page.getByText('Paused').waitFor();
    },
  },
  'signing in': {
    path: () => withSignIn.url.replace(waybill.url, ''),
    show: (page) => page.getByRole('button', { name: 'Sign in' }).waitFor(),
  },
};

const COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * @param rules of axe; undefined: all
 * @returns what is wrong, one line each
 */
async function judge(page: Page, rules?: string[]): Promise<string[]> {
  const { violations } = await page.evaluate(
    (values) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(
        values === undefined ? {} : { runOnly: { type: 'rule', values } },
      ),
    rules,
  );
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return overflow > 0 ? [...found, `${overflow} pixels wider than the screen`] : found;
}

test.each(Object.entries(VIEWS))('nothing is wrong with %s', async (_name, { path = () => '/', before, show }) => {
  const window = await WebPage.open(browser, 'about:blank', {
    reducedMotion: 'reduce',
    // For axe alone, which is put on the page as a script.
    bypassCSP: true,
  });
  const { page } = window;
  await before?.(page);
  const given = path();
  await page.goto(given.startsWith('/') ? waybill.url + given : given);
  await show(page, window);
  await page.evaluate(axeSource);
  const found: string[] = [];
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // In the dark only the colours are others.
      const faults = await judge(page, colorScheme === 'dark' ? COLOURS : undefined);
      for (const fault of faults) found.push(`${size.width} ${colorScheme}: ${fault}`);
    }
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 0) found.push(`${size.width} from right to left: ${overflow} pixels wider than the screen`);
    await page.evaluate(() => (document.documentElement.dir = 'ltr'));
  }
  expect(found).toEqual([]);
  await window.close();
});
