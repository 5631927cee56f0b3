// The built-in processors, made in the process of a test instead of a child.
import type { Processor } from '../../src/processing/processor.ts';
import { archiveProcessor } from '../../src/processing/processors/archive.ts';
import { imageProcessor } from '../../src/processing/processors/image.ts';
import { mediaTypeProcessor } from '../../src/processing/processors/media-type.ts';
import { mediaProcessor } from '../../src/processing/processors/media.ts';
import { officeProcessor } from '../../src/processing/processors/office.ts';
import { pdfProcessor } from '../../src/processing/processors/pdf.ts';
import { textProcessor } from '../../src/processing/processors/text.ts';
import type { BuiltInSettings } from '../../src/processing/processors/built-in.ts';

/** All of them, made here. */
export function builtInProcessors(settings: BuiltInSettings = {}): readonly Processor[] {
  const { refuseMismatch = false, refuseBombs = false, gps = false, ffprobe = null } = settings;
  return [
    mediaTypeProcessor({ refuseMismatch }),
    imageProcessor({ gps }),
    ...(ffprobe === null ? [] : [mediaProcessor({ ffprobe })]),
    textProcessor(),
    pdfProcessor(),
    officeProcessor(),
    archiveProcessor({ refuseBombs }),
  ];
}
