// Formats bytes, rates, durations and times for people, and parses sizes.
import { clean } from './text.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Such as 1.5 MiB or 12 KiB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.5 would be rounded to 1024: use the next unit.
  while (value >= 1_023.5 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit]}`;
}

export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`;

/** `8MiB`, `512 KiB`, `1000`; null when it is not a positive number of bytes. */
export function parseBytes(text: string): number | null {
  const [, digits, unit = ''] = /^(\d{1,16})\s?([A-Za-z]*)$/.exec(text) ?? [];
  const power = ['', 'kib', 'mib', 'gib'].indexOf(unit.toLowerCase());
  const value = Number(digits) * 1_024 ** power;
  return power >= 0 && Number.isSafeInteger(value) && value > 0 ? value : null;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number): string => String(value).padStart(2, '0');

/** `40 ms`, `2.5 s`, `12 s`, `3:07`, `1:02:03`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  const minutes = Math.floor(whole / MINUTE);
  if (whole < HOUR) return `${minutes}:${two(whole % MINUTE)}`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)}:${two(minutes % 60)}:${two(whole % MINUTE)}`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

/** How long ago, in one unit: `3 s`, `12 min`, `5 h`, `9 d`. A time in the future, by a server's faster clock, is `0 s`. */
export function formatAge(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1_000));
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  return seconds < DAY ? `${Math.floor(seconds / HOUR)} h` : `${Math.floor(seconds / DAY)} d`;
}

/** Local time: 2026-11-24 23:27:01 */
export function formatTime(time: string): string {
  const date = new Date(time);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** Local time of day: 23:27:01.042 */
export function formatClock(time: string): string {
  return `${formatTime(time).slice(11)}.${String(new Date(time).getMilliseconds()).padStart(3, '0')}`;
}

/** Whole percent; 100 only when complete. */
export const percentOf = (part: number, whole: number): number =>
  whole === 0 ? 100 : Math.min(100, Math.floor((part / whole) * 100));

/** Such as `processing 45 %: reading page 3`. */
export const describeProcessing = (fraction: number | null, message: string | null): string =>
  `processing${fraction === null ? '' : ` ${percentOf(fraction, 1)} %`}${message === null ? '' : `: ${clean(message)}`}`;
