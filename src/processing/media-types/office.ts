// The media types of Office files that the processor `office` reads.
import { canonicalType } from './aliases.ts';

const OFFICE =
  /^application\/vnd\.(?:openxmlformats-officedocument\.(?:wordprocessingml|spreadsheetml|presentationml)\.|oasis\.opendocument\.(?:text|spreadsheet|presentation)|ms-(?:word|excel|powerpoint)\.)/;

/** Zip-based ones: of Office since 2007, macros included, and OpenDocument. */
function isOfficeType(essence: string): boolean {
  return OFFICE.test(essence);
}

/**
 * Whether the bytes are read as an Office file. A damaged one is not recognised but for the zip archive that it is, and one
 * with a password is a compound file.
 * @param type what the bytes are, as far as that is known
 */
export function isReadAsOffice(type: string, declared: string): boolean {
  if (isOfficeType(type)) return true;
  return isOfficeType(declared) && ['application/zip', 'application/x-cfb'].includes(canonicalType(type));
}
