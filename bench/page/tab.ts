// The page of web/ in a tab of its own Chromium: how it scrolls, what it holds, when it has something to show.
import { readFile } from 'node:fs/promises';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../../test/support/browser.ts';

/** What the page is told to write down, before any script of its own runs. */
interface Watch {
  /** Milliseconds from the navigation to the frame after which rows were on the screen. */
  firstRows: number | null;
  /** Milliseconds between frames, while it is asked for. */
  frames: number[] | null;
}

type Watched = typeof globalThis & { readonly watch: Watch };

const VIEWPORT = { width: 1280, height: 800 };
/** Pixels a second: somebody who looks for something. */
const SPEED = 3_000;
const PATIENCE_MS = 120_000;

export class Tab implements AsyncDisposable {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #devtools: CDPSession;

  private constructor(browser: Browser, page: Page, devtools: CDPSession) {
    this.page = page;
    this.#browser = browser;
    this.#devtools = devtools;
  }

  /** With nothing cached. Resolves once files are shown. */
  static async open(url: string): Promise<Tab> {
    const browser = await launchBrowser();
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.addInitScript(watchPage);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    const tab = new Tab(browser, page, devtools);
    await page.goto(url);
    await page.waitForFunction(() => (globalThis as Watched).watch.firstRows !== null, null, { timeout: PATIENCE_MS });
    return tab;
  }

  async readFirstRows(): Promise<number> {
    return await this.page.evaluate(() => (globalThis as Watched).watch.firstRows ?? Number.NaN);
  }

  /** Scrolls for a while as fingers do. @returns milliseconds between frames */
  async scroll(direction: 'down' | 'up', seconds: number): Promise<readonly number[]> {
    await this.page.evaluate(() => void ((globalThis as Watched).watch.frames = []));
    const distance = SPEED * seconds * (direction === 'down' ? -1 : 1);
    await this.#devtools.send('Input.synthesizeScrollGesture', {
      x: VIEWPORT.width / 2,
      y: VIEWPORT.height / 2,
      yDistance: distance,
      speed: SPEED,
      gestureSourceType: 'mouse',
    });
    return await this.page.evaluate(() => {
      const { watch } = globalThis as Watched;
      const { frames } = watch;
      watch.frames = null;
      return frames ?? [];
    });
  }

  /** Seconds of processor time of the thread that runs the page. */
  async readThreadSeconds(): Promise<number> {
    const { metrics } = await this.#devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
  }

  /** Goes to the end of the list until there is no more of it. */
  async readAll(): Promise<void> {
    const table = this.page.locator('#files');
    const deadline = performance.now() + PATIENCE_MS;
    while ((await table.getAttribute('aria-rowcount')) === '-1') {
      if (performance.now() > deadline) throw new Error('the list could not be read to its end in time');
      await table.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
  }

  /** MiB that only the process of the tab has, as the task manager of the browser counts them, after garbage collection. */
  async readMemory(): Promise<number> {
    await this.#devtools.send('HeapProfiler.collectGarbage');
    const devtools = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
    await devtools.detach();
    const sizes = await Promise.all(
      processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => readAnonymousKib(id)),
    );
    return Math.max(...sizes) / 1_024;
  }

  /** The addresses of the scripts that it has loaded. */
  async listScripts(): Promise<readonly string[]> {
    const names = await this.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    return names.filter((name) => new URL(name).pathname.endsWith('.js'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

async function readAnonymousKib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return read('RssAnon') + read('VmSwap');
}

/** Runs in the page. */
function watchPage(): void {
  const watch: Watch = { firstRows: null, frames: null };
  let hasRows = false;
  Object.assign(globalThis, { watch });
  let last = performance.now();
  const frame = (): void => {
    const now = performance.now();
    watch.frames?.push(now - last);
    last = now;
    requestAnimationFrame(frame);
    if (hasRows || document.querySelector('.table-body .row') === null) return;
    // The frame that follows is painted.
    hasRows = true;
    requestAnimationFrame(() => (watch.firstRows = performance.now()));
  };
  requestAnimationFrame(frame);
}
