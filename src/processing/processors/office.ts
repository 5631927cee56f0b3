// Text, title and author of Office files: Word, Excel and PowerPoint since 2007, and OpenDocument. Read in a stream from the
// zip archive that they are (docs/adr/0020 says why not by a library).
import type { Entry, ZipFile } from 'yauzl';
import { canonicalType } from '../media-types/aliases.ts';
import { essenceOf } from '../media-types/essence.ts';
import { foundType } from '../found-type.ts';
import { isReadAsOffice } from '../media-types/office.ts';
import { aboutOf } from '../office/about.ts';
import { createPartParser } from '../office/part-text.ts';
import { isOfficePart, officeParts, type OfficeParts } from '../office/parts.ts';
import { readPart, readSmallPart } from '../office/read-part.ts';
import { ProcessingError, type Findings, type Processor, type ProcessorInput } from '../processor.ts';
import { TextCollector } from '../text/text-collector.ts';
import { bombSigns, surveyZip, withZip } from '../zip/survey.ts';

/** Parts beyond this are left out: their text is beyond what search keeps, too. */
const MOST_PARTS = 5000;

export function officeProcessor(): Processor {
  return {
    name: 'office',
    version: '1',
    accepts: (contentType, file) => isReadAsOffice(essenceOf(contentType), essenceOf(file.contentType)),
    run: async (input): Promise<Findings> => {
      if (canonicalType(foundType(input)) === 'application/x-cfb') throw encrypted();
      try {
        return await withZip(input.bytes, input.size, (zip) => read(zip, input));
      } catch (cause) {
        if (cause instanceof ProcessingError) throw cause;
        input.signal.throwIfAborted();
        throw new ProcessingError('OFFICE_BROKEN', 'The file is damaged.', { cause });
      }
    },
  };
}

async function read(zip: ZipFile, input: ProcessorInput): Promise<Findings> {
  const parts = await findParts(zip, input);
  if (await isEncrypted(zip, parts, input.signal)) throw encrypted();
  const about = parts.about ? aboutOf(await readSmallPart(zip, parts.about, input.signal, 1 << 16)) : {};
  const { text, complete } = await readText(zip, parts, input);
  const counted = { spreadsheet: 'sheets', presentation: 'slides', document: null, opendocument: null }[parts.kind];
  return {
    properties: { kind: parts.kind, ...about, ...(counted ? { [counted]: parts.count } : {}), truncated: !complete },
    text,
  };
}

/** @throws ProcessingError OFFICE_TOO_LARGE before anything is unpacked; OFFICE_BROKEN */
async function findParts(zip: ZipFile, { size, signal }: ProcessorInput): Promise<OfficeParts> {
  const entries = new Map<string, Entry>();
  const survey = await surveyZip(zip, signal, (entry, name) => {
    if (isOfficePart(name) && entries.size < MOST_PARTS) entries.set(name, entry);
  });
  const signs = bombSigns(survey, size);
  if (signs.length > 0) {
    throw new ProcessingError('OFFICE_TOO_LARGE', `What is in the file is out of proportion: ${signs.join(', ')}.`);
  }
  const parts = officeParts(entries);
  if (parts === null) throw new ProcessingError('OFFICE_BROKEN', 'The archive holds no document.');
  return parts;
}

async function isEncrypted(zip: ZipFile, { kind, manifest }: OfficeParts, signal: AbortSignal): Promise<boolean> {
  if (kind !== 'opendocument' || !manifest) return false;
  return (await readSmallPart(zip, manifest, signal, 1 << 20)).includes('encryption-data');
}

async function readText(zip: ZipFile, { kind, text }: OfficeParts, { signal, progress }: ProcessorInput) {
  const collector = new TextCollector();
  let complete = true;
  for (const [index, entry] of text.entries()) {
    const parser = createPartParser(kind, collector);
    const whole = await readPart(zip, entry, signal, (piece) => {
      parser.write(piece);
      return !collector.full && !parser.stopped;
    });
    parser.end();
    complete &&= whole;
    if (collector.full) break;
    progress((index + 1) / text.length);
  }
  return { text: collector.text(), complete };
}

function encrypted(): ProcessingError {
  return new ProcessingError('OFFICE_ENCRYPTED', 'The file has a password.');
}
