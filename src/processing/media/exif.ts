// What EXIF tells of a photo: the camera, when it was taken, and where, if that is asked for.
import exifr from 'exifr';

const OPTIONS = {
  tiff: true,
  exif: true,
  ifd1: false,
  interop: false,
  makerNote: false,
  userComment: false,
  xmp: false,
  icc: false,
  iptc: false,
  jfif: false,
  ihdr: false,
  // Times have no zone, so a Date would be wrong by the zone of the server.
  reviveValues: false,
  translateValues: false,
} as const;

/**
 * @param block as libvips gives it: "Exif", two zero bytes, and a TIFF structure
 * @returns {} if there is nothing, or it is broken: cameras and editors write much that is
 */
export async function readExif(block: Uint8Array | undefined, gps: boolean): Promise<Record<string, unknown>> {
  if (!block || block.length < 16) return {};
  const start = Buffer.from(block.subarray(0, 4)).toString('latin1') === 'Exif' ? 6 : 0;
  const tags = await parse(block.subarray(start), gps);
  const camera = [textOf(tags['Make']), textOf(tags['Model'])].filter((part) => part !== null).join(' ');
  const takenAt = timeOf(
    tags['DateTimeOriginal'] ?? tags['CreateDate'],
    tags['OffsetTimeOriginal'] ?? tags['OffsetTime'],
  );
  const lens = textOf(tags['LensModel']);
  return {
    ...(camera === '' ? {} : { camera }),
    ...(lens === null ? {} : { lens }),
    ...(takenAt === null ? {} : { takenAt }),
    ...(gps ? placeOf(tags) : {}),
  };
}

async function parse(tiff: Uint8Array, gps: boolean): Promise<Record<string, unknown>> {
  try {
    const tags: unknown = await exifr.parse(tiff, { ...OPTIONS, gps });
    return typeof tags === 'object' && tags !== null ? (tags as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 100)
    .toWellFormed();
  return text === '' ? null : text;
}

/** "2024:05:06 07:08:09" as ISO 8601: local time of the camera, with its offset if it is told. */
function timeOf(value: unknown, offset: unknown): string | null {
  const [, year, month, day, time] =
    /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(typeof value === 'string' ? value : '') ?? [];
  if (year === undefined || month === '00' || day === '00') return null;
  const zone = typeof offset === 'string' && /^[+-]\d\d:\d\d/.test(offset) ? offset.slice(0, 6) : '';
  return `${year}-${month}-${day}T${time}${zone}`;
}

function placeOf({ latitude, longitude }: Record<string, unknown>): Record<string, unknown> {
  if (!isCoordinate(latitude, 90) || !isCoordinate(longitude, 180)) return {};
  return { gps: { latitude: round(latitude), longitude: round(longitude) } };
}

function isCoordinate(value: unknown, most: number): value is number {
  return typeof value === 'number' && Math.abs(value) <= most;
}

/** To some 10 cm. */
function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
