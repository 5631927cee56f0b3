// A PDF in the page: drawn within the policy of the page, by what is loaded with the first one only.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { WebPage, reportedBy } from '../support/page.ts';
import { pdf } from '../support/pdf.ts';
import { sendUpload } from '../support/tus-client.ts';

let waybill: Instance;
let browser: Browser;

beforeAll(async () => {
  [waybill, browser] = await Promise.all([startInstance({ env: { WAYBILL_PROCESSING: 'builtin' } }), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
});

/** The colour in the middle of what is drawn. */
const middleOf = (page: Page): Promise<number[]> =>
  page.evaluate(() => {
    const canvas = document.querySelector('canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
    return Array.from(data);
  });

const isDrawn = (page: Page): Promise<void> => page.locator('.pdf[aria-busy=false]').waitFor();

test('a PDF is drawn page by page, and nothing of it is loaded before', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  const blue = { dictionary: '', bytes: Buffer.from('0 0 1 rg 0 0 612 792 re f') };
  const bytes = pdf({ pages: ['', 'the second page'], content: blue });
  await sendUpload(waybill.url, bytes, { metadata: { filename: 'report.pdf', filetype: 'application/pdf' } });
  await window.untilShown('report.pdf', 'Indexed');
  expect(window.requests.filter((url) => /pdf[\w.-]*js$/.test(url))).toEqual([]);
  await window.row('report.pdf').click();
  await page.getByRole('img', { name: 'report.pdf, page 1 of 2' }).waitFor();
  await isDrawn(page);
  expect(await middleOf(page)).toEqual([0, 0, 255, 255]);
  await page.getByRole('button', { name: 'Next page' }).click();
  await page.getByRole('img', { name: 'report.pdf, page 2 of 2' }).waitFor();
  await isDrawn(page);
  expect(await middleOf(page)).toEqual([255, 255, 255, 255]);
  expect(await page.getByRole('button', { name: 'Next page' }).isDisabled()).toBe(true);
  expect(window.foreignRequests).toEqual([]);
  expect(window.complaints).toEqual([]);
  expect(reportedBy(waybill)).toEqual([]);
  await window.close();
});

test('what is no PDF inside is said to be so, and can be downloaded', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await window.drop({ name: 'broken.pdf', type: 'application/pdf', text: '%PDF-1.7 and nothing more' });
  await window.row('broken.pdf').click();
  await page.getByText('This PDF cannot be shown here. Download it.').waitFor();
  await page.getByRole('link', { name: 'Download' }).waitFor();
  expect(reportedBy(waybill)).toEqual([]);
  await window.close();
});
