// Facts of images, from files that sharp writes here, and images that lie or are broken.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { imageProcessor } from '../../../src/processing/processors/image.ts';
import { png } from '../../support/png.ts';
import { runProcessor } from '../../support/processor-input.ts';

const image = imageProcessor();
const colour = { create: { width: 40, height: 30, channels: 3, background: '#336699' } } as const;
const exif = {
  IFD0: { Make: 'Acme', Model: 'Box 3' },
  IFD2: { DateTimeOriginal: '2024:05:06 07:08:09', OffsetTimeOriginal: '+02:00' },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '53/1 33/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '9/1 58/1 30/1' },
};

async function facts(bytes: Uint8Array, processor = image) {
  return (await runProcessor(processor, bytes, { contentType: 'image/png' })).properties;
}

describe.each(['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const)('%s', (format) => {
  test('gives size, format, colour space and frames', async () => {
    expect(await facts(await sharp(colour).toFormat(format).toBuffer())).toMatchObject({
      format,
      width: 40,
      height: 30,
      shownWidth: 40,
      orientation: 1,
      colourSpace: 'srgb',
      frames: 1,
    });
  });
});

test('frames of an animation are counted', async () => {
  const raw = { width: 8, height: 24, channels: 3, pageHeight: 8 } as const;
  const pixels = Buffer.from(Array.from({ length: 8 * 24 * 3 }, (_, index) => (index * 7) % 256));
  const gif = await sharp(pixels, { raw })
    .gif({ delay: [100, 100, 100], loop: 0 })
    .toBuffer();
  expect(await facts(gif)).toMatchObject({ format: 'gif', frames: 3, width: 8 });
});

describe.each(['jpeg', 'png', 'webp'] as const)('EXIF of %s', (format) => {
  const photo = () => sharp(colour).withExif(exif).withMetadata({ orientation: 6 }).toFormat(format).toBuffer();

  test('tells camera, time and orientation, and not where', async () => {
    const found = await facts(await photo());
    expect(found).toMatchObject({
      camera: 'Acme Box 3',
      takenAt: '2024-05-06T07:08:09+02:00',
      orientation: 6,
      width: 40,
      shownWidth: 30,
      shownHeight: 40,
    });
    expect(JSON.stringify(found)).not.toMatch(/gps|latitude|53\.5/i);
  });

  test('tells where if that is asked for', async () => {
    const withGps = imageProcessor({ gps: true });
    expect(await facts(await photo(), withGps)).toMatchObject({ gps: { latitude: 53.55, longitude: 9.975 } });
    expect(withGps.version).not.toBe(image.version);
  });
});

test.each([
  ['100,000 x 100,000 pixels in 68 bytes', png(100_000, 100_000, { pixels: false }), 'IMAGE_TOO_LARGE'],
  ['a line of 2^31 - 1 pixels', png(2 ** 31 - 1, 1, { pixels: false }), /^IMAGE_(?:TOO_LARGE|BROKEN)$/],
  ['a PNG that is cut off', png(64, 48).subarray(0, 20), 'IMAGE_BROKEN'],
  ['no bytes', Buffer.alloc(0), 'IMAGE_BROKEN'],
  ['text', Buffer.from('not an image'), 'IMAGE_BROKEN'],
  [
    'an SVG by another name',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'),
    'IMAGE_BROKEN',
  ],
])('%s is refused', async (_, bytes, code) => {
  await expect(facts(bytes)).rejects.toMatchObject({
    name: 'ProcessingError',
    code: typeof code === 'string' ? code : expect.stringMatching(code),
    retryable: false,
  });
});

test('SVG is not accepted', () => {
  const file = { id: 'file_0', name: 'x', contentType: 'image/svg+xml', size: 1, sha256: '', metadata: {} };
  expect(image.accepts('image/svg+xml', file)).toBe(false);
  expect(image.accepts('image/jpg', file)).toBe(true);
});
