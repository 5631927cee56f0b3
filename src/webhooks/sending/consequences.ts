// What a failed attempt means for its change and for its webhook.
import { backoffMs } from '../backoff.ts';
import type { FailedOutcome } from '../post.ts';

export const UNEXPECTED: FailedOutcome = {
  isDelivered: false,
  status: null,
  error: 'an unexpected error',
  retryAfterMs: null,
};

export interface FailedTimes {
  /** Since the change was first tried, or began to wait behind one that was. */
  readonly ageMs: number;
  /** Since no delivery of the webhook has succeeded. */
  readonly failingForMs: number;
  readonly attempts: number;
}

export interface FailureRules {
  readonly giveUpMs: number;
  readonly disableAfterMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Consequences {
  /** Until the change is tried again; null: it is given up. */
  readonly waitMs: number | null;
  /** Until the webhook is sent anything again. */
  readonly webhookWaitMs: number;
  /** Null: the webhook stays ACTIVE. */
  readonly disabledReason: string | null;
}

const HOUR_MS = 36e5;
const GONE = 410;
/** With these Retry-After is about the receiver, not about the message (RFC 6585 section 4, RFC 9110 section 15.6.4). */
const BUSY = [429, 503];

export function consequencesOf(
  { status, error, retryAfterMs }: FailedOutcome,
  { ageMs, failingForMs, attempts }: FailedTimes,
  { giveUpMs, disableAfterMs, random }: FailureRules,
): Consequences {
  const asked = Math.min(retryAfterMs ?? 0, giveUpMs);
  const webhookWaitMs = status !== null && BUSY.includes(status) ? asked : 0;
  // It is not given up: a replay, or who makes the webhook ACTIVE again, finds it.
  if (status === GONE) return { waitMs: 0, webhookWaitMs, disabledReason: 'the receiver answered 410 Gone' };
  const hours = Math.round(disableAfterMs / HOUR_MS);
  const tooLong = `no delivery has succeeded for ${hours} hours; the last: ${error}`;
  return {
    waitMs: ageMs >= giveUpMs ? null : Math.max(asked, backoffMs(attempts, random())),
    webhookWaitMs,
    disabledReason: failingForMs >= disableAfterMs ? tooLong : null,
  };
}
