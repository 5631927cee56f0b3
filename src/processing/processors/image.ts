// Facts of an image from its header: size, format, colour space, frames; and from EXIF: camera, time, orientation. No pixel is
// decoded. SVG is none of its business: it would be rendered, and may name files.
import sharp, { type Metadata } from 'sharp';
import { foundType } from '../found-type.ts';
import { essenceOf } from '../media-types/essence.ts';
import { canonicalType } from '../media-types/aliases.ts';
import { readExif } from '../media/exif.ts';
import { ProcessingError, type Findings, type Processor, type ProcessorInput } from '../processor.ts';

export interface ImageOptions {
  /** Keep where a photo was taken. Off: who uploads a photo seldom means to tell where they live. */
  readonly gps?: boolean;
}

/** sharp's own limit, some 16,384 x 16,384: whatever shows the image needs 4 bytes for each. */
const MOST_PIXELS = 0x3fff ** 2;

const FORMATS: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/tiff',
  'image/heif',
]);

// The formats above and no other: libvips goes by the bytes, and would render an SVG that calls itself a PNG.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Tiff', 'Heif'].map((format) => `VipsForeignLoad${format}`),
});
// The child reads one file at a time and keeps nothing of the last one.
sharp.cache(false);

export function imageProcessor({ gps = false }: ImageOptions = {}): Processor {
  return {
    name: 'image',
    version: gps ? '1+gps' : '1',
    accepts: (contentType) => FORMATS.has(canonicalType(essenceOf(contentType))),
    run: async (input): Promise<Findings> => {
      const metadata = await readMetadata(input);
      if (metadata === null) return { properties: { format: 'heif', readable: false } };
      const { width, height } = metadata;
      if (width * height > MOST_PIXELS) {
        throw new ProcessingError(
          'IMAGE_TOO_LARGE',
          `The image says it has ${width} x ${height} pixels; the limit is ${MOST_PIXELS} in all.`,
        );
      }
      return { properties: { ...factsOf(metadata), ...(await readExif(metadata.exif, gps)) } };
    },
  };
}

/** @returns null for HEIC, if its codec, which is not free, is not built in */
async function readMetadata(input: ProcessorInput): Promise<Metadata | null> {
  const { bytes, signal } = input;
  signal.throwIfAborted();
  try {
    return await sharp(bytes.path, { limitInputPixels: false, failOn: 'none' }).metadata();
  } catch (cause) {
    if (/^image\/hei[cf]/.test(foundType(input))) return null;
    throw new ProcessingError('IMAGE_BROKEN', 'The image cannot be read.', { cause });
  }
}

function factsOf(metadata: Metadata): Record<string, unknown> {
  const { width, height, format, space, channels, depth, orientation, hasAlpha, pages, density } = metadata;
  const shown = metadata.autoOrient;
  return {
    format: format === 'heif' ? (metadata.compression === 'av1' ? 'avif' : 'heif') : format,
    width,
    height,
    // Turned as EXIF says.
    shownWidth: shown.width,
    shownHeight: shown.height,
    orientation: orientation ?? 1,
    colourSpace: space,
    channels,
    depth,
    alpha: hasAlpha,
    frames: pages ?? 1,
    ...(density === undefined ? {} : { density }),
  };
}
