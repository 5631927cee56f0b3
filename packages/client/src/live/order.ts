// The orders of lists, as the server has them: by the field, then by id, both in the same direction.
import type { FileOrder, ListedFileFragment } from '../generated/operations.ts';

/** The fields of a file that its place in any order depends on. They never change. */
export type Placed = Pick<ListedFileFragment, 'id' | 'name' | 'size' | 'createdAt'>;
export type Compare = (a: Placed, b: Placed) => number;

export const NEWEST_FIRST: FileOrder = { field: 'CREATED_AT', direction: 'DESC' };

/** The server sorts by the first so many characters of a name. */
const NAME_CHARACTERS = 256;

export function comparing({ field, direction = 'ASC' }: FileOrder): Compare {
  const sign = direction === 'DESC' ? -1 : 1;
  const byField = BY_FIELD[field];
  return (a, b) => sign * (byField(a, b) || byText(a.id, b.id));
}

const BY_FIELD: Readonly<Record<FileOrder['field'], Compare>> = {
  // RFC 3339 in UTC with milliseconds: texts in order are times in order.
  CREATED_AT: (a, b) => byText(a.createdAt, b.createdAt),
  NAME: (a, b) => byCodePoints(headOf(a.name), headOf(b.name)),
  SIZE: (a, b) => (a.size ?? -1) - (b.size ?? -1),
};

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const headOf = (name: string): string =>
  name.length <= NAME_CHARACTERS ? name : Array.from(name).slice(0, NAME_CHARACTERS).join('');

/** JavaScript compares UTF-16 units, which puts characters beyond U+FFFF before those from U+E000 on. */
function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

/** Moves surrogates, which only characters beyond U+FFFF have, behind all other units. */
const rankOf = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit);
