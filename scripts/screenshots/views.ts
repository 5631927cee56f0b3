// The views of the page, and how one comes to each.
import type { Page } from 'playwright-core';

export interface View {
  readonly name: string;
  readonly show: (page: Page, url: string, fileId: string) => Promise<void>;
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
    show: async (page, url, fileId) => {
      await page.goto(`${url}/#/?file=${fileId}`);
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
      for (const at of [1, 3, 4]) await page.getByRole('row').nth(at).getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Retry' }).click();
      await page.locator('.refusal').first().waitFor();
    },
  },
  {
    name: 'uploads',
    show: async (page, url) => {
      await page.goto(url);
      await settled(page);
      await page.route('**/uploads/*', async (route) => {
        // The picture is of uploads that are under way.
        await new Promise((resolve) => setTimeout(resolve, 60_000));
        await route.abort().catch(() => undefined);
      });
      await drop(
        page,
        ['photos/regatta-1.raw', 'photos/regatta-2.raw', 'photos/regatta-3.raw', 'photos/regatta-4.raw'],
        8e6,
      );
      await page.locator('.upload').nth(3).waitFor();
      await page.getByRole('button', { name: /^Pause: photos\/regatta-4/ }).click();
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
];
