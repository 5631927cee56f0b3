// When a change is tried again, and what a failure means for it and for its webhook.
import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from '../../src/webhooks/backoff.ts';
import { consequencesOf } from '../../src/webhooks/sending/consequences.ts';

const HOUR_MS = 36e5;
const DAY_MS = 24 * HOUR_MS;
const ALMOST_ONE = 1 - Number.EPSILON;

describe('the wait before the next attempt', () => {
  it('is anything from nothing to twice as much as before, up to an hour', () => {
    const longest = Array.from({ length: 15 }, (_, at) => Math.round(backoffMs(at + 1, ALMOST_ONE) / 1_000));
    expect(longest).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
    expect(backoffMs(10, 0)).toBe(0);
    expect(backoffMs(10, 0.5)).toBe(256_000);
    expect(backoffMs(1_000_000, ALMOST_ONE)).toBe(HOUR_MS);
  });

  it('is what Retry-After says in seconds, or as a time; anything else says nothing', () => {
    const now = Date.parse('2026-11-28T10:00:00Z');
    expect(retryAfterMs('120', now)).toBe(120_000);
    expect(retryAfterMs('Sat, 28 Nov 2026 10:01:00 GMT', now)).toBe(60_000);
    expect(retryAfterMs('Sat, 28 Nov 2026 09:00:00 GMT', now)).toBe(0);
    for (const header of [undefined, 'soon', '', '-', 'x'.repeat(10_000)]) expect(retryAfterMs(header, now)).toBeNull();
  });
});

describe('a failed attempt', () => {
  const RULES = { giveUpMs: DAY_MS, disableAfterMs: 3 * DAY_MS, random: () => 0.5 };
  const failure = (status: number | null, retryAfter: number | null = null): Parameters<typeof consequencesOf>[0] => ({
    isDelivered: false,
    status,
    error: status === null ? 'no answer within 10 s' : `status ${status}`,
    retryAfterMs: retryAfter,
  });
  const EARLY = { ageMs: 1_000, failingForMs: 1_000, attempts: 3 };

  it('has the change tried again, later each time', () => {
    expect(consequencesOf(failure(500), EARLY, RULES)).toEqual({
      waitMs: 2_000,
      webhookWaitMs: 0,
      disabledReason: null,
    });
  });

  it('waits at least as long as Retry-After says, but not longer than the change is tried', () => {
    const waitAfter = (ms: number): number | null => consequencesOf(failure(500, ms), EARLY, RULES).waitMs;
    expect(waitAfter(60_000)).toBe(60_000);
    expect(waitAfter(1)).toBe(2_000);
    expect(waitAfter(30 * DAY_MS)).toBe(DAY_MS);
  });

  it.each([429, 503])('has the whole webhook wait with %i and Retry-After', (status) => {
    expect(consequencesOf(failure(status, 60_000), EARLY, RULES).webhookWaitMs).toBe(60_000);
    expect(consequencesOf(failure(500, 60_000), EARLY, RULES).webhookWaitMs).toBe(0);
  });

  it('is the last one after a day', () => {
    expect(consequencesOf(failure(500), { ...EARLY, ageMs: DAY_MS - 1 }, RULES).waitMs).not.toBeNull();
    expect(consequencesOf(failure(500), { ...EARLY, ageMs: DAY_MS }, RULES).waitMs).toBeNull();
  });

  it('disables the webhook after three days without a success, with the last reason', () => {
    const reasonAfter = (failingForMs: number): string | null =>
      consequencesOf(failure(null), { ...EARLY, failingForMs }, RULES).disabledReason;
    expect(reasonAfter(3 * DAY_MS - 1)).toBeNull();
    expect(reasonAfter(3 * DAY_MS)).toBe('no delivery has succeeded for 72 hours; the last: no answer within 10 s');
  });

  it('with 410 disables it at once, and the change is not given up', () => {
    const { waitMs, disabledReason } = consequencesOf(failure(410), { ...EARLY, ageMs: 2 * DAY_MS }, RULES);
    expect({ waitMs, disabledReason }).toEqual({ waitMs: 0, disabledReason: 'the receiver answered 410 Gone' });
  });
});
