// A pause that ends when the page is seen again or the network is back, but not before the time that the server named.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pauseUntilWoken } from '../../packages/client/src/wait.ts';

const LONG_MS = 600_000;
const SHORT_MS = 200;

class Page extends EventTarget {
  visibilityState = 'visible';

  become(state: 'visible' | 'hidden'): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

const globals = globalThis as unknown as { document?: Page };
let page: Page;
beforeEach(() => {
  page = new Page();
  globals.document = page;
});
afterEach(() => {
  delete globals.document;
});

const signal = (): AbortSignal => new AbortController().signal;

it('ends when the page is seen again', async () => {
  const pausing = pauseUntilWoken(LONG_MS, 0, signal());
  page.become('visible');
  await pausing;
});

it.each<[string, number, number, 'visible' | 'hidden']>([
  ['before the time that the server named, though the page is seen again', LONG_MS, SHORT_MS, 'visible'],
  ['because the page is hidden', SHORT_MS, 0, 'hidden'],
])('does not end %s', async (_why, ms, leastMs, state) => {
  const began = performance.now();
  const pausing = pauseUntilWoken(ms, leastMs, signal());
  page.become(state);
  await pausing;
  // Timers of Node may be a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(SHORT_MS - 2);
});

it('lasts as long as the server named where that is longer', async () => {
  const began = performance.now();
  await pauseUntilWoken(1, SHORT_MS, signal());
  expect(performance.now() - began).toBeGreaterThanOrEqual(SHORT_MS - 2);
});

it('ends with its signal at any time', async () => {
  const stopping = new AbortController();
  const pausing = pauseUntilWoken(LONG_MS, LONG_MS, stopping.signal);
  stopping.abort();
  await pausing;
  await pauseUntilWoken(LONG_MS, LONG_MS, stopping.signal);
});
