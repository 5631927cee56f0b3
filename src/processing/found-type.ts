// The media type that later processors go by.
import { essenceOf } from './media-types/essence.ts';
import type { ProcessedFile, ProcessorInput } from './processor.ts';

/**
 * What the bytes are, as far as the processor `media-type` could tell; otherwise as declared.
 * @returns an essence, in lower case and without parameters
 */
export function foundType({
  file,
  found,
}: Pick<ProcessorInput, 'found'> & { file: Pick<ProcessedFile, 'contentType'> }): string {
  const detected = found['media-type']?.['detected'];
  return typeof detected === 'string' ? detected : essenceOf(file.contentType);
}
