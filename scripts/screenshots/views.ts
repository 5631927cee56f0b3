// The views of the page, and how one comes to each.
import type { Page } from 'playwright-core';
import type { Shown } from './data.ts';
import { work } from './operating.ts';

export interface View {
  readonly name: string;
  readonly show: (page: Page, url: string, shown: Shown) => Promise<void>;
  /** Leaves the files as they were, for the next picture. */
  readonly clean?: (page: Page) => Promise<void>;
}

const settled = (page: Page): Promise<void> => page.getByRole('row').nth(3).waitFor();

async function drop(page: Page, names: readonly string[], bytes: number): Promise<void> {
  await page.evaluate(
    ([given, size]) => {
      const transfer = new DataTransfer();
      for (const name of given)
        transfer.items.add(new File([new Uint8Array(size)], name, { type: 'application/octet-stream' }));
      for (const event of ['dragover', 'drop']) {
        dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    },
    [names, bytes] as const,
  );
}

const UPLOADS = [1, 2, 3, 4].map((each) => `photos/regatta-${each}.raw`);

export const VIEWS: readonly View[] = [
  {
    name: 'files',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
    },
  },
  {
    name: 'file',
    show: async (page, url, { indexed }) => {
      await page.goto(`${url}/#/?file=${indexed}`);
      await page.locator('.machine text').first().waitFor();
      await page.locator('.timeline').waitFor();
    },
  },
  {
    name: 'search',
    show: async (page, url) => {
      await page.goto(`${url}/#/?search=harbour`);
      await page.locator('.result').first().waitFor();
    },
  },
  {
    name: 'selection',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      // None of them does it, so that the next picture is of the same files.
      for (const name of ['sonar-north', 'regatta', 'lease-agreement'])
        await page.getByRole('row', { name }).getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Retry' }).click();
      await page.locator('.refusal').nth(2).waitFor();
    },
  },
  {
    name: 'uploads',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      // The picture is of uploads that are under way.
      const devtools = await page.context().newCDPSession(page);
      await devtools.send('Network.enable');
      await devtools.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 20,
        downloadThroughput: -1,
        uploadThroughput: 400_000,
      });
      await drop(page, UPLOADS, 6e6);
      await page.getByRole('button', { name: `Pause: ${UPLOADS.at(-1)}` }).click();
      await page.locator('.upload-note', { hasText: '/s' }).nth(1).waitFor();
    },
    clean: async (page) => {
      for (const name of UPLOADS) await page.getByRole('button', { name: `Cancel: ${name}` }).click();
      for (const name of UPLOADS) await page.getByRole('row', { name }).waitFor({ state: 'detached' });
    },
  },
  {
    name: 'empty',
    show: async (page, url) => {
      await page.goto(`${url}/#/?kind=archive`);
      await page.locator('.notice').waitFor();
    },
  },
  {
    name: 'keys',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'failed',
    show: async (page, url, { failed }) => {
      await page.goto(`${url}/#/?file=${failed}`);
      await page.locator('.machine text').first().waitFor();
      await page.locator('.timeline').waitFor();
    },
  },
  {
    name: 'gone',
    show: async (page, url) => {
      await page.goto(`${url}/#/?file=file_0`);
      await page.locator('.panel .notice-title').filter({ hasText: 'exist' }).waitFor();
    },
  },
  {
    name: 'confirm',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      await page.getByRole('row', { name: 'lease-agreement' }).getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'menu',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'away',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      await page.getByRole('button', { name: /^All\s*\d/ }).waitFor();
      await page.context().setOffline(true);
      await page.locator('.banner').waitFor();
    },
  },
  {
    name: 'refused',
    show: async (page, url) => {
      await page.route('**/graphql', (route) =>
        route.fulfill({ json: { errors: [{ message: 'You may not see this.', extensions: { code: 'FORBIDDEN' } }] } }),
      );
      await page.goto(url);
      await page.locator('.notice .button').waitFor();
    },
  },
  {
    name: 'no-hits',
    show: async (page, url) => {
      await page.goto(`${url}/#/?search=okapi`);
      await page.locator('.notice .button').waitFor();
    },
  },
  {
    name: 'drop',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      await page.evaluate(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(['words'], 'words.txt'));
        dispatchEvent(new DragEvent('dragover', { dataTransfer: transfer, cancelable: true }));
      });
      await page.locator('.drop').waitFor();
    },
  },
  {
    name: 'right-to-left',
    show: async (page, url, { indexed }) => {
      await page.goto(`${url}/#/?file=${indexed}`);
      await page.evaluate(() => (document.documentElement.dir = 'rtl'));
      await page.locator('.machine text').first().waitFor();
      await page.locator('.timeline').waitFor();
    },
  },
  {
    name: 'sign-in',
    show: async (page, url) => {
      // As a server with sign-in says it.
      await page.route(`${url}/`, async (route) => {
        const answer = await route.fetch();
        const body = (await answer.text()).replace('data-auth="none"', 'data-auth="jwt"');
        await route.fulfill({ response: answer, body });
      });
      await page.goto(`${url}/`);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
    },
  },
  // Last: its activity leaves many files behind.
  {
    name: 'operations',
    show: async (page, url) => {
      // Five minutes pass in a few seconds.
      await page.clock.install();
      await page.goto(`${url}/#/?view=operations`);
      await page.getByRole('heading', { name: 'Webhooks' }).waitFor();
      for (let second = 0; second < 300; second += 2) {
        await Promise.all([
          page.waitForResponse('**/graphql'),
          page.clock.runFor(2_000),
          work(url, 4 + 3 * Math.sin(second / 20)),
        ]);
      }
      await page
        .getByRole('button', { name: /^Deliveries/ })
        .last()
        .click();
      await page.clock.runFor(500);
      await page.locator('.delivery').first().waitFor();
    },
  },
];
