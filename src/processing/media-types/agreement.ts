// Whether a declared media type can be true of bytes of a detected one.
import { supportedMimeTypes } from 'file-type';
import { baseOf, canonicalType } from './aliases.ts';
import { isReadAsOffice } from './office.ts';
import { textFormatOf } from './families.ts';

/** Says nothing about the bytes. */
const UNSPECIFIC: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'binary/octet-stream', '*/*']);

/**
 * What browsers declare by the ending of a name, or by what the system opens it with: Windows with Excel calls CSV a workbook,
 * and Word writes RTF and HTML into files that end in .doc.
 */
const ACCUSTOMED: ReadonlyMap<string, RegExp> = new Map([
  ['application/vnd.ms-excel', /^text\/|^application\/(?:xml|vnd\.openxmlformats-officedocument\.spreadsheetml\.)/],
  [
    'application/msword',
    /^text\/html|^application\/(?:rtf|xml|vnd\.openxmlformats-officedocument\.wordprocessingml\.)/,
  ],
  ['application/vnd.ms-powerpoint', /^application\/vnd\.openxmlformats-officedocument\.presentationml\./],
]);

const RECOGNISED: ReadonlySet<string> = new Set(Array.from(supportedMimeTypes, canonicalType));

/**
 * @param declared an essence, as the client sent it
 * @param detected an essence, or null for bytes that nothing is known about
 */
export function agrees(declared: string, detected: string | null): boolean {
  if (UNSPECIFIC.has(declared)) return true;
  // Bytes without a signature: a lie only about a type that has one, or about text.
  if (detected === null) return !RECOGNISED.has(canonicalType(declared)) && textFormatOf(declared) === null;
  if (canonicalType(declared) === canonicalType(detected)) return true;
  // Whether a text is HTML, CSV or prose cannot be told for certain, so one is not held against the other.
  if (textFormatOf(declared) !== null && textFormatOf(detected) !== null) return true;
  if (isReadAsOffice(detected, declared) || ACCUSTOMED.get(declared)?.test(detected)) return true;
  return isBuiltOn(declared, detected) || isBuiltOn(detected, declared);
}

/** Whether a file of the first type is one of the second type too. */
function isBuiltOn(type: string, general: string): boolean {
  const base = baseOf(canonicalType(type));
  return base !== null && base === canonicalType(general);
}
