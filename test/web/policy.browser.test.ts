// A real browser tells the server what the policy of the page has forbidden.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { WebPage, reportedBy } from '../support/page.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let browser: Browser;

beforeAll(async () => {
  [waybill, browser] = await Promise.all([startInstance(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
});

test('an image of another host and a script of text are refused, reported, logged and counted', async () => {
  const window = await WebPage.open(browser, waybill.url);
  const { page } = window;
  await page.getByText('No files yet').waitFor();
  expect(reportedBy(waybill)).toEqual([]);
  await page.evaluate(() => {
    document.body.append(Object.assign(new Image(), { src: 'https://elsewhere.invalid/picture.png?right=secret' }));
    try {
      document.createElement('script').textContent = 'alert(1)';
    } catch {
      // Trusted types.
    }
  });
  const reported = await until(
    () => reportedBy(waybill),
    (lines) =>
      ['img-src', 'require-trusted-types-for'].every((each) => lines.some((line) => line['directive'] === each)),
  );
  expect(reported.find((line) => line['directive'] === 'img-src')).toMatchObject({
    blocked: 'https://elsewhere.invalid/picture.png',
  });
  const count = 'waybill_page_policy_violations_total{directive="img-src"}';
  await until(
    () => readMetric(waybill.url, count),
    (value) => value === 1,
  );
  await window.close();
});
