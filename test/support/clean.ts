// What all answers to bad input have in common: they name the client's mistake and reveal nothing internal.
import { expect } from 'vitest';
import { type Raw, post, readMetric } from './http.ts';

const INSIDE =
  /node_modules|\.[tj]s:\d|\n\s+at |INTERNAL|UNAVAILABLE|RangeError|TypeError|SyntaxError|call stack|originalError/;

export function expectClean(raw: Raw): void {
  expect(raw.status, raw.text.slice(0, 500)).toBeLessThan(500);
  expect(raw.text).not.toMatch(INSIDE);
}

/** The server still works, and has counted no unexpected error. */
export async function expectServing(url: string): Promise<void> {
  const next = await post(url, '{"query":"{__typename}"}');
  expect(next).toMatchObject({ status: 200, text: '{"data":{"__typename":"Query"}}' });
  expect(await readMetric(url, 'waybill_unexpected_errors_total')).toBe(0);
}
