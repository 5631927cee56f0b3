// Reads the directory of a zip archive: what it says of its entries, and whether it could be a bomb. No entry is opened.
import { fromRandomAccessReaderPromise, getFileNameLowLevel, validateFileName, type Entry, type ZipFile } from 'yauzl';
import type { Bytes } from '../processor.ts';
import { BytesReader } from './bytes-reader.ts';

export interface ZipSurvey {
  /** As the archive says. */
  readonly entries: number;
  /** Read; fewer than `entries` if there are more than the limit. */
  readonly read: number;
  /** Bytes, as the entries that were read say. */
  readonly uncompressedSize: number;
  readonly encrypted: number;
  /** Names that lead out of the folder they are unpacked in, or links. */
  readonly unsafe: number;
  /** Archives inside, by their names. */
  readonly nested: number;
}

/** Files that people send have up to some 100,000 entries. */
const MOST_ENTRIES = 100_000;
/** Deflate makes at most 1,032 bytes of one; logs and spreadsheets reach 50. */
const HIGHEST_RATIO = 200;
/** Less than this does no harm, whatever its ratio. */
const HARMLESS = 64 * 2 ** 20;
const MOST_BYTES = 64 * 2 ** 30;

const ARCHIVE_NAME = /\.(?:zip|jar|war|apk|7z|rar|tar|tgz|tbz2?|txz|gz|bz2|xz|zst|cab|iso|lzh|arj)$/i;
const UNIX_FILE_TYPE = 0o170000;
const UNIX_LINK = 0o120000;

/** Opens an archive for as long as `use` runs. Errors are yauzl's own. */
export async function withZip<T>(bytes: Bytes, size: number, use: (zip: ZipFile) => Promise<T>): Promise<T> {
  const zip = await fromRandomAccessReaderPromise(new BytesReader(bytes), size, {
    decodeStrings: false,
    autoClose: false,
    lazyEntries: true,
  });
  try {
    return await use(zip);
  } finally {
    zip.close();
  }
}

/** @param onEntry called for each entry that is read, in order */
export async function surveyZip(
  zip: ZipFile,
  signal: AbortSignal,
  onEntry: (entry: Entry, name: string) => void,
): Promise<ZipSurvey> {
  const survey = { entries: zip.entryCount, read: 0, uncompressedSize: 0, encrypted: 0, unsafe: 0, nested: 0 };
  for await (const entry of zip.eachEntry()) {
    if (survey.read % 1000 === 0) signal.throwIfAborted();
    const name = nameOf(entry);
    survey.read += 1;
    survey.uncompressedSize += entry.uncompressedSize;
    survey.encrypted += entry.isEncrypted() ? 1 : 0;
    survey.unsafe += isUnsafe(entry, name) ? 1 : 0;
    survey.nested += ARCHIVE_NAME.test(name) ? 1 : 0;
    onEntry(entry, name);
    if (survey.read === MOST_ENTRIES) break;
  }
  return survey;
}

/** @returns what makes it look like a bomb: ENTRIES, SIZE, RATIO */
export function bombSigns(survey: ZipSurvey, archiveSize: number): string[] {
  const { entries, uncompressedSize } = survey;
  const signs: string[] = [];
  if (entries > MOST_ENTRIES) signs.push('ENTRIES');
  if (uncompressedSize > MOST_BYTES) signs.push('SIZE');
  if (uncompressedSize > HARMLESS && uncompressedSize > archiveSize * HIGHEST_RATIO) signs.push('RATIO');
  return signs;
}

/** With `/` for the backslashes of Windows, as all who unpack it there read them. */
function nameOf(entry: Entry): string {
  return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
}

function isUnsafe(entry: Entry, name: string): boolean {
  const isLink = ((entry.externalFileAttributes >>> 16) & UNIX_FILE_TYPE) === UNIX_LINK;
  return isLink || name.includes('\0') || validateFileName(name) !== null;
}
