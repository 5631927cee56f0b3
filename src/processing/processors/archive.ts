// Lists what a zip archive says is in it. Nothing is unpacked, and archives inside are not opened.
import { baseOf, canonicalType } from '../media-types/aliases.ts';
import { essenceOf } from '../media-types/essence.ts';
import { isReadAsOffice } from '../media-types/office.ts';
import { ProcessingError, type Findings, type Processor, type ProcessorInput } from '../processor.ts';
import { bombSigns, surveyZip, withZip } from '../zip/survey.ts';

export interface ArchiveOptions {
  /** Fail an archive that could be a bomb, with ARCHIVE_BOMB. Otherwise it is recorded: reading its list does no harm. */
  readonly refuseBombs?: boolean;
}

const MOST_NAMES = 100;
const LONGEST_NAME = 200;
/** Of all names, as JSON: properties have 16 KiB. */
const MOST_BYTES_OF_NAMES = 8192;

export function archiveProcessor({ refuseBombs = false }: ArchiveOptions = {}): Processor {
  return {
    name: 'archive',
    version: '1',
    accepts: (contentType, file) => {
      const type = canonicalType(essenceOf(contentType));
      const isZip = type === 'application/zip' || baseOf(type) === 'application/zip';
      return isZip && !isReadAsOffice(type, essenceOf(file.contentType));
    },
    run: async (input): Promise<Findings> => {
      const { names, survey } = await list(input);
      const { read, ...counts } = survey;
      const signs = bombSigns(survey, input.size);
      if (signs.length > 0 && refuseBombs) {
        throw new ProcessingError('ARCHIVE_BOMB', `The archive is out of proportion: ${signs.join(', ')}.`);
      }
      return { properties: { format: 'zip', ...counts, complete: read === counts.entries, bomb: signs, names } };
    },
  };
}

async function list({ bytes, size, signal }: ProcessorInput) {
  const names: string[] = [];
  let left = MOST_BYTES_OF_NAMES;
  try {
    const survey = await withZip(bytes, size, (zip) =>
      surveyZip(zip, signal, (_, name) => {
        const shown = name
          .slice(0, LONGEST_NAME)
          .toWellFormed()
          .replaceAll(/\p{Cc}/gu, '\ufffd');
        left -= Buffer.byteLength(JSON.stringify(shown)) + 1;
        if (names.length < MOST_NAMES && left >= 0) names.push(shown);
      }),
    );
    return { names, survey };
  } catch (cause) {
    signal.throwIfAborted();
    throw new ProcessingError('ARCHIVE_BROKEN', 'The archive cannot be read.', { cause });
  }
}
