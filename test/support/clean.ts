// What every answer to bad input has in common: it is the client's fault and says so, and shows nothing of the inside.
import { expect } from 'vitest';
import { type Raw, post, readMetric } from './http.ts';

const INSIDE =
  /node_modules|\.[tj]s:\d|\n\s+at |INTERNAL|UNAVAILABLE|RangeError|TypeError|SyntaxError|call stack|originalError/;

export function expectClean(raw: Raw): void {
  expect(raw.status, raw.text.slice(0, 500)).toBeLessThan(500);
  expect(raw.text).not.toMatch(INSIDE);
}

/** The server goes on as if nothing had been, and has called none of it an error of its own. */
export async function expectServing(url: string): Promise<void> {
  const next = await post(url, '{"query":"{__typename}"}');
  expect(next).toMatchObject({ status: 200, text: '{"data":{"__typename":"Query"}}' });
  expect(await readMetric(url, 'waybill_unexpected_errors_total')).toBe(0);
}
