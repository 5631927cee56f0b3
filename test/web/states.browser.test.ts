// Every button of a file in every state: whatever is offered acts, and what cannot be done any more is explained.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { readFile, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { WebPage } from '../support/page.ts';
import { until } from '../support/until.ts';
import { STATES, type State, makeExternal, makeManaged } from './files-in-states.ts';

let waybill: Instance;
let browser: Browser;
let window: WebPage;

const external = (state: State): Promise<string> => makeExternal(waybill.url, state);
const managed = (state: State): Promise<string> => makeManaged(waybill.url, state);

beforeAll(async () => {
  [waybill, browser] = await Promise.all([startInstance(), launchBrowser()]);
  window = await WebPage.open(browser, waybill.url);
});
afterAll(async () => {
  await browser.close();
  await waybill.stop();
});

/** What is offered, and the state that it leads to; null: the file is deleted. Downloads leave it as it is. */
type Offers = Readonly<Record<string, State | null>>;

const OFFERS: Readonly<Record<'managed' | 'external', Readonly<Record<State, Offers>>>> = {
  managed: {
    UNTRACKED: { Delete: null },
    UPLOADING: { Delete: null },
    PROCESSING: { Download: 'PROCESSING', 'Cancel processing': 'FAILED', Delete: null },
    INDEXED: { Download: 'INDEXED', Reset: 'UNTRACKED', 'Process again': 'PROCESSING', Delete: null },
    FAILED: { Download: 'FAILED', Retry: 'PROCESSING', Delete: null },
  },
  external: {
    UNTRACKED: { 'Start upload': 'UPLOADING', Delete: null },
    UPLOADING: { 'Complete upload': 'PROCESSING', 'Fail upload': 'FAILED', Delete: null },
    PROCESSING: { 'Complete processing': 'INDEXED', 'Fail processing': 'FAILED', Delete: null },
    INDEXED: { Reset: 'UNTRACKED', 'Fail reset': 'FAILED', Delete: null },
    FAILED: { Retry: 'UNTRACKED', Delete: null },
  },
};

const actionsOf = (page: Page): Locator => page.getByRole('region', { name: 'Actions' });

/** Shows the file with all that is known of it. */
async function show(page: Page, id: string): Promise<Locator> {
  await page.evaluate((fileId) => (location.hash = `#/?file=${fileId}`), id);
  await page.locator(`.panel[data-file="${id}"] .timeline`).waitFor();
  return actionsOf(page);
}

async function press(page: Page, actions: Locator, name: string): Promise<void> {
  if (name === 'Download') {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      actions.getByRole('link', { name, exact: true }).click(),
    ]);
    expect(await download.failure()).toBeNull();
    return;
  }
  await actions.getByRole('button', { name, exact: true }).click();
  if (name === 'Delete') await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
}

describe.each(['managed', 'external'] as const)('a file that is %s', (kind) => {
  const make = kind === 'managed' ? managed : external;
  test.each(STATES)('%s: each button does what it says', async (state) => {
    const { page, complaints } = window;
    const offers = OFFERS[kind][state];
    for (const [name, next] of Object.entries(offers)) {
      const id = await make(state);
      const actions = await show(page, id);
      expect(await actions.getByRole('button').or(actions.getByRole('link')).allInnerTexts()).toEqual(
        Object.keys(offers),
      );
      await press(page, actions, name);
      const file = await until(
        () => readFile(waybill.url, id),
        (found) => (found?.state ?? null) === next,
      );
      if (file === null) await page.locator('.panel').waitFor({ state: 'detached' });
      else
        await page
          .getByRole('region', { name: 'State' })
          .getByText(NAMES[file.state as State])
          .waitFor();
      expect(await actions.getByRole('alert').count(), name).toBe(0);
    }
    expect(complaints).toEqual([]);
  });
});

describe('a page that does not hear of changes', () => {
  let late: WebPage;
  beforeAll(async () => {
    late = await WebPage.open(browser, 'about:blank');
    // Open for ever, and silent.
    await late.page.routeWebSocket(/graphql/, () => undefined);
    await late.page.goto(waybill.url);
  });
  afterAll(() => late.close());

  test.each([
    [
      'external',
      'UPLOADING',
      'Complete upload',
      'FAIL_UPLOAD',
      /Complete upload is not possible while it is Failed\. Possible now: Retry\./,
    ],
    ['managed', 'INDEXED', 'Reset', 'RESET', /Reset is not possible while it is Untracked\.$/],
    ['managed', 'INDEXED', 'Process again', 'RESET', /not indexed any more/],
    ['managed', 'PROCESSING', 'Cancel processing', 'COMPLETE_PROCESSING', /INDEXED/],
  ] as const)('%s %s: %s is refused in words after %s', async (kind, state, name, event, words) => {
    const id = await (kind === 'managed' ? managed : external)(state);
    const actions = await show(late.page, id);
    await transition(waybill.url, id, event);
    await press(late.page, actions, name);
    await actions.getByRole('alert').filter({ hasText: words }).waitFor();
  });

  test.each(['Reset', 'Process again', 'Delete'])('%s of a file that was deleted is refused in words', async (name) => {
    const id = await managed('INDEXED');
    const actions = await show(late.page, id);
    await deleteFile(waybill.url, id);
    await press(late.page, actions, name);
    await actions
      .getByRole('alert')
      .filter({ hasText: /no such file|not indexed any more/ })
      .waitFor();
  });
});

describe('several files at once', () => {
  /** What becomes of each state; a text: why not. */
  const OUTCOMES: Readonly<Record<string, Readonly<Record<State, State | RegExp | null>>>> = {
    Retry: {
      UNTRACKED: /^Retry is not possible while it is Untracked\.$/,
      UPLOADING: /^Retry is not possible while it is Uploading\.$/,
      PROCESSING: /^Retry is not possible while it is Processing\.$/,
      INDEXED: /^Retry is not possible while it is Indexed\. Possible now: Reset\.$/,
      FAILED: 'PROCESSING',
    },
    Reset: {
      UNTRACKED: /^Reset is not possible/,
      UPLOADING: /^Reset is not possible/,
      PROCESSING: /^Reset is not possible/,
      INDEXED: 'UNTRACKED',
      FAILED: /^Reset is not possible while it is Failed\. Possible now: Retry\.$/,
    },
    'Process again': {
      UNTRACKED: /this one is Untracked/,
      UPLOADING: /this one is Uploading/,
      PROCESSING: /this one is Processing/,
      INDEXED: 'PROCESSING',
      FAILED: /this one is Failed/,
    },
    Delete: { UNTRACKED: null, UPLOADING: null, PROCESSING: null, INDEXED: null, FAILED: null },
  };

  test.each(Object.keys(OUTCOMES))('%s: each is done, or refused at its row', async (name) => {
    const { page } = window;
    const ids = await Promise.all(STATES.map(managed));
    for (const id of ids) await page.locator(`[id="row-${id}"]`).getByRole('checkbox').check();
    const toolbar = page.getByRole('toolbar', { name: '5 selected' });
    await toolbar.getByRole('button', { name, exact: true }).click();
    if (name === 'Delete') await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    const refused = STATES.filter((state) => OUTCOMES[name]![state] instanceof RegExp).length;
    await page
      .getByRole('status')
      .filter({ hasText: refused === 0 ? '5 files done.' : `${5 - refused} done, ${refused} refused` })
      .waitFor();
    for (const [at, state] of STATES.entries()) {
      const outcome = OUTCOMES[name]![state];
      const row = page.locator(`[id="row-${ids[at]}"]`);
      if (outcome === null) await row.waitFor({ state: 'detached' });
      else if (typeof outcome === 'string') await row.filter({ hasText: NAMES[outcome] }).waitFor();
      else if (outcome !== undefined) await row.locator('.refusal').getByText(outcome).waitFor();
    }
    // What was refused stays selected, and nothing else.
    const left = page.getByRole('toolbar', { name: `${refused} selected` });
    if (refused > 0) await left.getByRole('button', { name: 'Clear the selection' }).click();
    await page.getByRole('toolbar').waitFor({ state: 'detached' });
  });

  test('what is deleted or filtered away meanwhile is not selected any more', async () => {
    const { page } = window;
    const [gone, moved, stays] = [await managed('INDEXED'), await managed('INDEXED'), await managed('FAILED')];
    for (const id of [gone, moved, stays]) await page.locator(`[id="row-${id}"]`).getByRole('checkbox').check();
    await deleteFile(waybill.url, gone);
    await page.getByRole('toolbar', { name: '2 selected' }).waitFor();
    await page
      .getByRole('group', { name: 'State' })
      .getByRole('button', { name: /^Failed/ })
      .click();
    await page.getByRole('toolbar').waitFor({ state: 'detached' });
    await page.locator(`[id="row-${stays}"]`).waitFor();
    await page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^All/ }).click();
    await page.locator(`[id="row-${moved}"]`).waitFor();
    expect(await page.getByRole('toolbar').count()).toBe(0);
  });
});

test('a file that is deleted elsewhere is said to be gone, and its panel is closed', async () => {
  const { page } = window;
  const id = await managed('INDEXED');
  await show(page, id);
  await deleteFile(waybill.url, id);
  const panel = page.getByRole('complementary', { name: 'Details' });
  await panel.getByText('This file does not exist').waitFor();
  expect(await panel.getByRole('button').count()).toBe(2);
  await panel.getByRole('button', { name: 'Back to the files' }).click();
  await panel.waitFor({ state: 'detached' });
});

const NAMES: Readonly<Record<State, string>> = {
  UNTRACKED: 'Untracked',
  UPLOADING: 'Uploading',
  PROCESSING: 'Processing',
  INDEXED: 'Indexed',
  FAILED: 'Failed',
};
