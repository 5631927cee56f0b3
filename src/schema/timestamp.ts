// Timestamps as clients write them: RFC 3339 with an offset. Shorter forms mean different times in different places.
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** The same time in UTC, with milliseconds; null for any other text, and outside of the years 1 to 9999. */
export function toTimestamp(text: string): string | null {
  const [, year, month, day] = RFC_3339.exec(text) ?? [];
  const time = isDay(Number(year), Number(month), Number(day)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) return null;
  const utc = new Date(time).toISOString();
  // PostgreSQL has no year 0, and Node writes others with a sign.
  return /^(?!0000)\d{4}-/.test(utc) ? utc : null;
}

/** `Date.parse` takes the 30th of February for the 2nd of March. The calendar repeats itself after 400 years. */
const isDay = (year: number, month: number, day: number): boolean =>
  new Date(Date.UTC(2_000 + (year % 400), month - 1, day)).getUTCDate() === day;
