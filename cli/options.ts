// What arguments may look like. Each parser says what is allowed.
import { InvalidArgumentError } from 'commander';
import { FILE_STATES, type FileState } from './api/files.ts';
import { parseBytes } from './output/units.ts';

/** A whole number from 1 to `most`. */
export function parseCount(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`Allowed: a whole number from 1 to ${most}.`);
  };
}

/** For an option that may be given again, or once with commas. */
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
  if (bytes === null) throw new InvalidArgumentError('Allowed: a number of bytes, or one with KiB, MiB or GiB.');
  return bytes;
}

/** `key=value`. */
export function collectPairs(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Allowed: key=value.');
  return { ...before, [key]: value };
}
