// The media type that the bytes show, beside the one that was declared.
import { fileTypeFromFile } from 'file-type';
import { agrees } from '../media-types/agreement.ts';
import { charsetOf, essenceOf } from '../media-types/essence.ts';
import { sniffText } from '../media-types/sniff-text.ts';
import { ProcessingError, type Findings, type Processor, type ProcessorInput } from '../processor.ts';
import { detectCharset, isCleanText } from '../text/charset.ts';
import { declaredCharset } from '../text/declared-charset.ts';

export interface MediaTypeOptions {
  /** Fail a file whose declared type cannot be true, with MEDIA_TYPE_MISMATCH. Otherwise it is recorded. */
  readonly refuseMismatch?: boolean;
}

const SAMPLE = 1 << 16;
/** file-type asks for parts of the file; none that it needs is larger. */
const LARGEST_READ = 16 << 20;

/**
 * Formats with a signature that are text, or may be. Others hold control characters within the sample; in a clean text,
 * their signature is a coincidence: every text that begins with "BM" is a bitmap to file-type.
 */
const MAY_BE_TEXT =
  /^(?:text\/|model\/stl$|application\/(?:pdf|rtf|postscript|eps|xml|pgp-encrypted|x-ft-fbx|x-ms-regedit)$)/;

/** Finds `detected` (null if unknown or empty), `declared`, and whether the declared type can be true: `matches`. */
export function mediaTypeProcessor({ refuseMismatch = false }: MediaTypeOptions = {}): Processor {
  return {
    name: 'media-type',
    version: '1',
    accepts: () => true,
    run: async (input): Promise<Findings> => {
      const declared = essenceOf(input.file.contentType);
      const detected = input.size === 0 ? null : await detect(input);
      const matches = input.size === 0 || agrees(declared, detected);
      if (!matches && refuseMismatch) {
        const found = detected ?? 'something else';
        throw new ProcessingError('MEDIA_TYPE_MISMATCH', `The file was declared ${declared} and is ${found}.`);
      }
      return { properties: { detected, declared, matches } };
    },
  };
}

async function detect({ bytes, size, file, signal }: ProcessorInput): Promise<string | null> {
  const sample = await bytes.read(0, SAMPLE);
  const bySignature = await detectBySignature(bytes.path, signal);
  const known = bySignature !== null && bySignature !== 'application/xml';
  if (known && (MAY_BE_TEXT.test(bySignature) || !isCleanText(sample))) return bySignature;
  const charset = detectCharset(sample, [charsetOf(file.contentType), declaredCharset(sample)]);
  if (charset === null) return bySignature;
  return sniffText(new TextDecoder(charset.label).decode(sample), size <= sample.length);
}

async function detectBySignature(path: string, signal: AbortSignal): Promise<string | null> {
  try {
    const found = await fileTypeFromFile(path, { signal, maxBufferSize: LARGEST_READ });
    return found ? essenceOf(found.mime) : null;
  } catch {
    // Cut off in the middle of what its signature promised.
    signal.throwIfAborted();
    return null;
  }
}
