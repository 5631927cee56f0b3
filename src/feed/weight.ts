// How much of a change a client may make large: the rest is some 2 kB at most.
import { JSON_COLUMNS } from '../entities/file-snapshot.ts';
import { JsonText } from '../entities/json-text.ts';
import type { LoggedChange } from './change.ts';

/** Characters of JSON, of one or two bytes each. */
export function weightOf({ file }: Pick<LoggedChange, 'file'>): number {
  const lengths = JSON_COLUMNS.map((column) => {
    const json = file[column];
    return json instanceof JsonText ? json.text.length : 0;
  });
  return lengths.reduce((sum, length) => sum + length, 0);
}
