// The application of examples/react in a browser, and what its windows have shown.
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { type PreviewServer, build, preview } from 'vite';
import { type TemporaryDir, createTemporaryDir } from '../../support/temporary-dir.ts';
import { until } from '../../support/until.ts';

const client = (name: string): string => resolve('packages/client/src', name);

/** Serves what Vite makes of the example. */
export class ExamplePages {
  readonly #server: PreviewServer;
  readonly #dir: TemporaryDir;

  private constructor(server: PreviewServer, dir: TemporaryDir) {
    this.#server = server;
    this.#dir = dir;
  }

  static async start(): Promise<ExamplePages> {
    const dir = await createTemporaryDir();
    await mkdir(`${dir.path}/dist`);
    const server = await preview({
      configFile: false,
      root: dir.path,
      logLevel: 'error',
      preview: { host: '127.0.0.1', port: 0 },
    });
    return new ExamplePages(server, dir);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.httpServer.address() as AddressInfo).port}`;
  }

  /** @param url of the server that the application asks */
  async build(url: string): Promise<void> {
    await build({
      configFile: false,
      root: 'examples/react',
      logLevel: 'error',
      define: { 'import.meta.env.VITE_WAYBILL_URL': JSON.stringify(url) },
      // The source instead of what is made of it, which another test may be making now.
      resolve: {
        alias: [
          { find: /^@waybill\/client$/, replacement: client('index.ts') },
          { find: /^@waybill\/client\/(\w+)$/, replacement: client('$1.ts') },
        ],
      },
      build: { outDir: `${this.#dir.path}/dist`, emptyOutDir: true },
    });
  }

  async stop(): Promise<void> {
    await this.#server.close();
    await this.#dir.remove();
  }
}

interface Shown {
  /** `name STATE` of each file, each time that something changed. */
  readonly lists: string[][];
  readonly statuses: string[];
  /** Of each bar of an upload, the greatest share of it, each time. */
  readonly bars: number[][];
}

type Recording = typeof globalThis & { shown: Shown };

/** Runs in the page before anything else. */
function record(): void {
  const shown: Shown = { lists: [], statuses: [], bars: [] };
  Object.assign(globalThis, { shown });
  const texts = (selector: string): string[] =>
    Array.from(document.querySelectorAll(selector), ({ textContent }) => (textContent ?? '').trim());
  const observe = (): void => {
    shown.lists.push(texts('li'));
    const [status = ''] = texts('button').map((text) => text.split(' ')[0] ?? '');
    if (status !== shown.statuses.at(-1)) shown.statuses.push(status);
    shown.bars.push(
      Array.from(document.querySelectorAll<HTMLProgressElement>('p progress'), ({ position }) => position),
    );
  };
  new MutationObserver(observe).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
}

export class ExampleWindow {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(context: BrowserContext, origin: string, token: string): Promise<ExampleWindow> {
    const page = await context.newPage();
    await page.addInitScript((given) => localStorage.setItem('token', given), token);
    await page.addInitScript(record);
    await page.goto(origin);
    return new ExampleWindow(page);
  }

  async setToken(token: string): Promise<void> {
    await this.page.evaluate((given) => localStorage.setItem('token', given), token);
  }

  async shown(): Promise<Shown> {
    return await this.page.evaluate(() => (globalThis as Recording).shown);
  }

  /** As it is now. */
  async now(): Promise<Now> {
    const rows = await this.page.locator('li').allInnerTexts();
    const [text = '', more] = await this.page.locator('button').allInnerTexts();
    return { status: text.split(' ')[0] ?? '', files: rows.map((row) => row.trim()), hasMore: more !== undefined };
  }

  async untilStatus(wanted: string): Promise<void> {
    await until(
      () => this.now(),
      ({ status }) => status === wanted,
      60_000,
    );
  }

  /** Live, with these files, or with the first of them if it says that there are more. */
  async untilShown(files: readonly string[]): Promise<void> {
    await until(
      async () => ({ wanted: files.length, now: await this.now() }),
      ({ now }) => {
        const shown = files.slice(0, now.hasMore && now.files.length > 0 ? now.files.length : files.length);
        return now.status === 'live' && JSON.stringify(now.files) === JSON.stringify(shown);
      },
      60_000,
    );
  }
}

interface Now {
  readonly status: string;
  readonly files: readonly string[];
  readonly hasMore: boolean;
}

const RANKS = ['UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED'];

/** What was shown and cannot have been: a file twice, or one that goes back. */
export function faultsIn({ lists }: Shown): string[] {
  const ranks = new Map<string, number>();
  const faults: string[] = [];
  for (const list of lists) {
    const names = list.map((row) => row.split(' ')[0] ?? '');
    if (new Set(names).size < names.length) faults.push(`doubled: ${list.join(', ')}`);
    for (const row of list) {
      const [name = '', state = ''] = row.split(' ');
      const rank = RANKS.indexOf(state);
      if (rank < (ranks.get(name) ?? 0)) faults.push(`went back: ${row}`);
      ranks.set(name, rank);
    }
  }
  return faults;
}
