// Whether a file belongs to a list, as the server decides it.
import type { FileFilter, FileState, ListedFileFragment } from '../generated/operations.ts';

type Attributes = Pick<ListedFileFragment, 'name' | 'contentType' | 'metadata' | 'createdAt'>;

/** The condition on what changes of a file. */
export const statesFit = ({ states }: FileFilter, state: FileState): boolean =>
  states == null || states.includes(state);

/**
 * The conditions on what never changes of a file.
 * @returns null: only the server can say, because its database knows which letters are equal
 */
export function attributesFit(filter: FileFilter, file: Attributes): boolean | null {
  const { metadata, contentTypes, createdAfter, createdBefore, nameContains } = filter;
  if (contentTypes != null && !contentTypes.includes(file.contentType)) return false;
  const createdAt = Date.parse(file.createdAt);
  if (createdAfter != null && createdAt < Date.parse(createdAfter)) return false;
  if (createdBefore != null && createdAt >= Date.parse(createdBefore)) return false;
  if (metadata != null && !contains(file.metadata, metadata)) return false;
  return nameContains == null || nameFits(file.name, nameContains);
}

function nameFits(name: string, part: string): boolean | null {
  if (name.includes(part)) return true;
  // ASCII letters are folded by every database, others depending on its locale.
  if (foldAscii(name).includes(foldAscii(part))) return true;
  return hasOtherCases(name) || hasOtherCases(part) ? null : false;
}

const foldAscii = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Whether there is a letter beyond ASCII that has an upper and a lower case. */
const hasOtherCases = (text: string): boolean =>
  Array.from(text).some((letter) => letter > '\u007f' && letter.toLowerCase() !== letter.toUpperCase());

/** Containment of jsonb: objects in part, arrays in any order. */
function contains(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part;
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole) !== Array.isArray(part)) return false;
  if (Array.isArray(part)) {
    return part.every((item) => (whole as unknown[]).some((candidate) => contains(candidate, item)));
  }
  return Object.entries(part).every(
    ([key, value]) => Object.hasOwn(whole, key) && contains((whole as Record<string, unknown>)[key], value),
  );
}
