// How long to wait before the next attempt: exponential, with full jitter, so that what failed together does not come together
// again (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).

const BASE_MS = 1_000;
const MOST_MS = 3_600_000;

/** @param attempts made so far, from 1 @param random in [0, 1) */
export const backoffMs = (attempts: number, random: number): number =>
  Math.ceil(random * Math.min(MOST_MS, BASE_MS * 2 ** Math.min(attempts - 1, 30)));

/** What an answer asks for (RFC 9110 section 10.2.3), in milliseconds; null: nothing. @param now since 1970 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}
