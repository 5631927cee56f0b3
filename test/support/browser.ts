// A real browser on GraphiQL, which records the requests, errors and warnings of its pages.
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { findChromium } from './chromium-path.ts';
import { recordPage } from './recorded-page.ts';

// Chromium sends requests of its own unless they are switched off; a test must fail for what the page does.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** For whatever a page is waited for: Playwright's own is half of it. */
const PATIENCE_MS = 60_000;

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium on PATH or at CHROMIUM_PATH');
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  return browser;
}

/** A profile of its own. Tall, because GraphiQL's editors hold in the page only the lines that are in sight. */
export async function newProfile(browser: Browser): Promise<BrowserContext> {
  return await browser.newContext({ viewport: { width: 1280, height: 1600 } });
}

export class GraphiQL {
  readonly page: Page;
  /** URLs of requests and WebSockets. */
  readonly requests: string[];
  /** Errors and warnings of the console, and exceptions. */
  readonly complaints: string[];

  private constructor(page: Page) {
    this.page = page;
    ({ requests: this.requests, complaints: this.complaints } = recordPage(page));
  }

  /** Opens it in a new browser tab; `url` may redirect there. */
  static async open(profile: BrowserContext, url: string): Promise<GraphiQL> {
    const graphiql = new GraphiQL(await profile.newPage());
    await graphiql.page.goto(url);
    await graphiql.page.getByRole('region', { name: 'Operation Editor' }).locator('.view-line').first().waitFor();
    return graphiql;
  }

  /** Requests to other origins. Workers are blobs; the favicon and the fonts are data URLs. */
  get foreignRequests(): string[] {
    const { host } = new URL(this.page.url());
    return this.requests.filter((url) => !/^(?:blob|data):/.test(url) && new URL(url).host !== host);
  }

  /** One of GraphiQL's own tabs. */
  async chooseTab(title: string): Promise<void> {
    const tab = this.page.getByRole('tab').filter({ hasText: title });
    await tab.getByRole('button', { name: title }).click();
    await tab.and(this.page.locator('[aria-selected="true"]')).waitFor();
  }

  async listTabs(): Promise<string[]> {
    return await this.page.getByRole('tab').allInnerTexts();
  }

  /** JSON; all browser tabs of the profile share it. */
  async readSavedTabs(): Promise<string> {
    return await this.page.evaluate(() => localStorage.getItem('graphiql:tabState') ?? '');
  }

  /** What the execute button offers while the tab has several operations. */
  async listOperations(): Promise<string[]> {
    await this.#clickExecute('menu');
    const items = this.page.getByRole('menuitem');
    await items.first().waitFor();
    const names = await items.allInnerTexts();
    await this.page.keyboard.press('Escape');
    return names;
  }

  /** Runs the only operation, or the one of that name. */
  async run(operation?: string): Promise<void> {
    await this.#clickExecute(operation === undefined ? 'button' : 'menu');
    if (operation !== undefined) await this.page.getByRole('menuitem', { name: operation, exact: true }).click();
  }

  async write(editor: 'Operation Editor' | 'Variables', text: string): Promise<void> {
    await this.page.bringToFront();
    await this.page.getByRole('region', { name: editor }).locator('.view-lines:visible').click();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.insertText(text);
  }

  async readOperation(): Promise<string> {
    return await this.#read('Operation Editor');
  }

  /** The answer on display, without white space, which the editor moves about. */
  async readResult(): Promise<string> {
    return (await this.#read('Result Window')).replaceAll(/\s/g, '');
  }

  async #read(region: string): Promise<string> {
    const text = await this.page.getByRole('region', { name: region }).locator('.view-lines').innerText();
    return text.replaceAll('\u00a0', ' ');
  }

  /** It becomes a menu, or a plain button again, a moment after the text has changed. */
  async #clickExecute(as: 'button' | 'menu'): Promise<void> {
    await this.page.bringToFront();
    const kind = this.page.locator(as === 'menu' ? '[aria-haspopup="menu"]' : ':not([aria-haspopup])');
    await this.page
      .getByRole('button', { name: /^Execute query/ })
      .and(kind)
      .click();
  }
}
