// How much of a change a client may make large: the rest is some 2 kB at most.
import { JSON_COLUMNS } from '../entities/file-snapshot.ts';
import { JsonText } from '../entities/json-text.ts';
import type { LoggedChange } from './change.ts';

/** Of everything but the JSON. */
const CHANGE_BYTES = 2_048;

/** About how much memory it takes: a character is one or two bytes. */
export const bytesOf = (change: Pick<LoggedChange, 'file'>): number => CHANGE_BYTES + 2 * weightOf(change);

/** Characters of JSON, of one or two bytes each. */
export function weightOf({ file }: Pick<LoggedChange, 'file'>): number {
  const lengths = JSON_COLUMNS.map((column) => {
    const json = file[column];
    return json instanceof JsonText ? json.text.length : 0;
  });
  return lengths.reduce((sum, length) => sum + length, 0);
}
