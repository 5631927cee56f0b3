// Parsers of option values. Each error says what is allowed.
import { InvalidArgumentError } from 'commander';
import { FILE_STATES, type FileState } from './api/files.ts';
import { parseBytes } from './output/units.ts';

/** Parses a whole number from 1 to `max`. */
export function parseCount(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`Allowed: a whole number from 1 to ${max}.`);
  };
}

/** For an option that can be repeated or take a comma-separated list. */
export function collectStates(text: string, before: readonly FileState[]): FileState[] {
  const states = text.split(',').map((each) => {
    const state = FILE_STATES.find((known) => known === each.trim().toUpperCase());
    if (state === undefined) throw new InvalidArgumentError(`Allowed: ${FILE_STATES.join(', ').toLowerCase()}.`);
    return state;
  });
  return [...before, ...states];
}

export function parseSize(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === null) throw new InvalidArgumentError('Allowed: a number of bytes, optionally with KiB, MiB or GiB.');
  return bytes;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** The longest that a timer of Node can wait. */
const MAX_MS = 2 ** 31 - 1;

/** Such as 90s, 10m or 2h. @returns milliseconds */
export function parseDuration(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9})([smh]?)$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS_MS[unit === '' ? 's' : unit] ?? Number.NaN);
  if (ms >= 1 && ms <= MAX_MS) return ms;
  throw new InvalidArgumentError('Allowed: a duration such as 90s, 10m or 2h, at most 24 days.');
}

/** For an option that can be repeated. */
export const collectTexts = (text: string, before: readonly string[]): string[] => [...before, text];

/** `key=value`. */
export function collectPairs(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Allowed: key=value.');
  return { ...before, [key]: value };
}
