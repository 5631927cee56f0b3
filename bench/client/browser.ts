// A page in a Chromium of its own, and what it costs in processor time.
import type { Browser, CDPSession, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { launchBrowser } from '../../test/support/browser.ts';
import type { Counts, ListPage } from './page.tsx';

export interface CpuSeconds {
  readonly page: number;
  readonly all: number;
}

type Own = typeof globalThis & { readonly listPage: ListPage };

export class ListBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #devtools: CDPSession;
  readonly #page: Page;

  private constructor(browser: Browser, devtools: CDPSession, page: Page) {
    this.#browser = browser;
    this.#devtools = devtools;
    this.#page = page;
  }

  /** @param url of the server, whose own origin the page has */
  static async start(url: string): Promise<ListBrowser> {
    const code = await bundle();
    const browser = await launchBrowser();
    const devtools = await browser.newBrowserCDPSession();
    const page = await browser.newPage();
    await page.goto(`${url}/healthz`);
    await page.addScriptTag({ content: code });
    return new ListBrowser(browser, devtools, page);
  }

  async open(isShown: boolean): Promise<number> {
    return await this.#page.evaluate((shown) => (globalThis as Own).listPage.open(shown), isShown);
  }

  async readCounts(): Promise<Counts> {
    return await this.#page.evaluate(() => (globalThis as Own).listPage.counts);
  }

  /** Of the page, and of everything that this Chromium is: its network, its compositor, its own process. */
  async readCpuSeconds(): Promise<CpuSeconds> {
    const { processInfo } = await this.#devtools.send('SystemInfo.getProcessInfo');
    const sum = (processes: typeof processInfo): number => processes.reduce((total, { cpuTime }) => total + cpuTime, 0);
    return { page: sum(processInfo.filter(({ type }) => type === 'renderer')), all: sum(processInfo) };
  }

  /** What the page holds after garbage collection, in MB. */
  async readHeap(): Promise<number> {
    const own = await this.#page.context().newCDPSession(this.#page);
    await own.send('HeapProfiler.collectGarbage');
    const { usedSize } = await own.send('Runtime.getHeapUsage');
    await own.detach();
    return usedSize / 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

async function bundle(): Promise<string> {
  const built = await rolldown({
    input: new URL('page.tsx', import.meta.url).pathname,
    platform: 'browser',
    // That 'use client' says nothing to a browser.
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  });
  const { output } = await built.generate({ format: 'iife', codeSplitting: false, minify: true });
  await built.close();
  return output[0].code;
}
