// The server refuses what a tenant sends beyond its rate, and says when to come back. Whoever waits for that goes on, however
// often it happens: that is no failure.
import { Refused, retryAfterOf } from '../errors.ts';
import { type OnRetry, pause } from './pause.ts';

/** A longer wait is divided: the server may have been told another rate meanwhile. */
const LONGEST_MS = 60_000;
/** Spread by a quarter, so that those who wait do not all come back at once. */
const SPREAD = 0.25;

/** How long to wait after an error, in milliseconds; null when the server did not say. */
export const limitedMs = (error: unknown): number | null => toWaitMs(retryAfterOf(error));

/** How long to wait when the server said so many seconds. */
export const toWaitMs = (seconds: number | null): number | null =>
  seconds === null ? null : Math.min(Math.ceil(seconds * 1_000 * (1 + SPREAD * Math.random())), LONGEST_MS);

/** Runs an operation, again for as long as it is refused because of a rate. @throws its other errors, the signal's reason */
export async function whenAllowed<Result>(
  operation: () => Promise<Result>,
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<Result> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      const waitMs = limitedMs(error);
      if (waitMs === null) throw error;
      onRetry(error, waitMs);
      await pause(waitMs, signal);
    }
  }
}

/** Items of a request after one in which none was taken. */
const FEW = 10;

/**
 * Sends many items, and again those that were refused because of a rate, about as many at once as the server takes.
 * @returns the answers in the order of the items
 */
export async function eachWhenAllowed<Item, Answer>(
  items: readonly Item[],
  send: (items: readonly Item[]) => Promise<readonly (Answer | Refused)[]>,
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<(Answer | Refused)[]> {
  const answers = new Map<number, Answer | Refused>();
  let left = [...items.keys()];
  for (let most = items.length; left.length > 0;) {
    const asked = left.slice(0, most);
    const given = await send(asked.map((at) => items[at]!));
    const isLimited = (at: number): boolean => retryAfterOf(given[at]) !== null;
    const limited = asked.filter((_at, place) => isLimited(place));
    for (const [place, at] of asked.entries()) {
      const answer = given[place];
      if (answer !== undefined && !isLimited(place)) answers.set(at, answer);
    }
    left = [...limited, ...left.slice(asked.length)];
    if (limited.length === 0) continue;
    most = Math.max(FEW, 2 * (asked.length - limited.length));
    const first = given.find((answer) => retryAfterOf(answer) !== null);
    const waitMs = limitedMs(first) ?? 0;
    onRetry(first, waitMs);
    await pause(waitMs, signal);
  }
  return items.map((_item, at) => answers.get(at) ?? new Refused('NO_ANSWER', 'The server sent no answer.'));
}
