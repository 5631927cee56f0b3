// The page of web/ in a real browser: what it asks for and complains of is recorded, as for GraphiQL.
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { REPORTED } from '../../src/http/page/reports.ts';
import type { Instance, LogLine } from './instance.ts';
import { recordPage } from './recorded-page.ts';

export interface Dropped {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** What browsers have reported to the server that the policy of its page has forbidden. */
export const reportedBy = ({ log }: Instance): LogLine[] => log.filter(({ msg }) => msg === REPORTED);

const BUILD_MS = 120_000;

export class WebPage {
  readonly page: Page;
  /** URLs of requests and WebSockets. */
  readonly requests: string[];
  /** Errors and warnings of the console, exceptions, and what the policy has forbidden. */
  readonly complaints: string[];

  private constructor(page: Page) {
    this.page = page;
    ({ requests: this.requests, complaints: this.complaints } = recordPage(page));
  }

  /** In a profile of its own. */
  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<WebPage> {
    const profile = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const opened = new WebPage(await profile.newPage());
    // The first to ask has the page built, beside whatever else this machine does.
    await opened.page.goto(url, { timeout: BUILD_MS });
    return opened;
  }

  get foreignRequests(): string[] {
    const { host } = new URL(this.page.url());
    return this.requests.filter((url) => new URL(url).host !== host);
  }

  /** Drops files on the page, as from a folder of the desktop: once it says that they may be dropped. */
  async drop(...files: readonly Dropped[]): Promise<void> {
    await this.page.waitForFunction((given) => {
      const transfer = new DataTransfer();
      for (const { name, type, text } of given) transfer.items.add(new File([text], name, { type, lastModified: 0 }));
      const send = (event: string): boolean =>
        dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      // As a browser asks: whoever takes files prevents what it would do with them by itself.
      return !send('dragover') && !send('drop');
    }, files);
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ hasText: name });
  }

  /** Waits until the table shows the file in this state. */
  async untilShown(name: string, state: string): Promise<void> {
    await this.row(name).filter({ hasText: state }).waitFor();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
