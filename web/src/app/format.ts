// Numbers, sizes and times as the reader's locale writes them.
const LOCALES = [...navigator.languages];

const count = new Intl.NumberFormat(LOCALES);
const percent = new Intl.NumberFormat(LOCALES, { style: 'percent', maximumFractionDigits: 0 });
const full = new Intl.DateTimeFormat(LOCALES, { dateStyle: 'medium', timeStyle: 'medium' });
const time = new Intl.DateTimeFormat(LOCALES, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(LOCALES, { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat(LOCALES, { day: 'numeric', month: 'short', year: 'numeric' });

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const sizes = UNITS.map(
  (unit, at) =>
    new Intl.NumberFormat(LOCALES, {
      style: 'unit',
      unit,
      unitDisplay: at === 0 ? 'long' : 'short',
      maximumFractionDigits: at > 1 ? 1 : 0,
    }),
);

const DURATIONS = [
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;
const durations = DURATIONS.map(
  ([unit]) => new Intl.NumberFormat(LOCALES, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: 0 }),
);
const fraction = new Intl.NumberFormat(LOCALES, {
  style: 'unit',
  unit: 'second',
  unitDisplay: 'narrow',
  maximumFractionDigits: 1,
});

const rate = new Intl.NumberFormat(LOCALES, { maximumSignificantDigits: 2 });
const minute = new Intl.DateTimeFormat(LOCALES, { hour: 'numeric', minute: '2-digit' });

/** @param seconds since 1970 */
export const formatClock = (seconds: number): string => minute.format(seconds * 1_000);

/** Two digits are enough of what is measured over seconds. */
export const formatRate = (value: number): string =>
  value < 100 ? rate.format(value) : count.format(Math.round(value));

export const formatCount = (value: number): string => count.format(value);

/** @param value 0 to 1 */
export const formatPercent = (value: number): string => percent.format(value);

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return sizes[power]!.format(bytes / 1_000 ** power);
}

/** Two units at most. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return fraction.format(seconds);
  const at = DURATIONS.findIndex(([, length]) => seconds >= length);
  const [, length] = DURATIONS[at]!;
  const first = durations[at]!.format(Math.floor(seconds / length));
  const next = DURATIONS[at + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds % length) / next[1]);
  return rest === 0 ? first : `${first} ${durations[at + 1]!.format(rest)}`;
}

export const formatTime = (at: Date): string => full.format(at);

/** The time of today, the day of this year, or the whole date. */
export function formatShortTime(at: Date): string {
  const now = new Date();
  if (at.toDateString() === now.toDateString()) return time.format(at);
  return at.getFullYear() === now.getFullYear() ? day.format(at) : dayOfYear.format(at);
}
