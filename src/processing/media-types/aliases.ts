// Media types that go by several names, and formats that are built on others: neither makes a declared type a lie.

/** Other names, as browsers, mail programs and systems send them, by the name used here. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'application/gzip': [
    'application/x-gzip',
    'application/x-tgz',
    'application/x-compressed-tar',
    'application/gzip-compressed',
  ],
  'application/javascript': ['text/javascript', 'application/x-javascript', 'application/ecmascript'],
  'application/json': ['text/json', 'text/x-json'],
  'application/pdf': ['application/x-pdf'],
  'application/postscript': ['application/eps', 'application/x-eps', 'image/eps', 'image/x-eps'],
  'application/rtf': ['text/rtf', 'application/x-rtf'],
  'application/vnd.rar': ['application/x-rar-compressed', 'application/x-rar'],
  'application/x-7z-compressed': ['application/x-7zip'],
  'application/x-bzip2': ['application/x-bzip', 'application/bzip2'],
  'application/x-msdownload': [
    'application/vnd.microsoft.portable-executable',
    'application/x-msdos-program',
    'application/x-dosexec',
  ],
  'application/x-sqlite3': ['application/vnd.sqlite3'],
  'application/xml': ['text/xml'],
  'application/zip': ['application/x-zip-compressed', 'application/x-zip', 'multipart/x-zip'],
  'application/zstd': ['application/x-zstd'],
  'audio/aac': ['audio/x-aac', 'audio/aacp'],
  'audio/aiff': ['audio/x-aiff'],
  'audio/flac': ['audio/x-flac'],
  'audio/midi': ['audio/x-midi', 'audio/mid'],
  'audio/mpeg': ['audio/mp3', 'audio/x-mp3', 'audio/x-mpeg', 'audio/mpeg3'],
  'audio/wav': ['audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  'font/otf': ['application/x-font-otf', 'font/opentype'],
  'font/ttf': ['application/x-font-ttf', 'font/truetype', 'font/sfnt'],
  'font/woff': ['application/font-woff', 'application/x-font-woff'],
  'image/bmp': ['image/x-ms-bmp', 'image/x-bmp'],
  'image/jpeg': ['image/jpg', 'image/pjpeg'],
  'image/png': ['image/x-png', 'image/apng', 'image/vnd.mozilla.apng'],
  'image/tiff': ['image/tif'],
  'image/vnd.adobe.photoshop': ['image/x-photoshop', 'application/x-photoshop'],
  'image/x-icon': ['image/vnd.microsoft.icon', 'image/ico'],
  'text/csv': ['application/csv', 'text/comma-separated-values', 'text/x-csv'],
  'text/markdown': ['text/x-markdown'],
  'video/matroska': ['video/x-matroska', 'audio/matroska', 'audio/x-matroska', 'video/webm', 'audio/webm'],
  'video/mp2t': ['video/mpeg-ts'],
  'video/vnd.avi': ['video/avi', 'video/x-msvideo', 'video/msvideo'],
  'video/x-ms-asf': ['audio/x-ms-asf', 'application/vnd.ms-asf', 'video/x-ms-wmv', 'audio/x-ms-wma'],
  // One container each: what is in it cannot be told from its first bytes.
  'application/ogg': ['audio/ogg', 'video/ogg', 'audio/opus', 'audio/vorbis', 'audio/speex'],
  'image/heif': ['image/heic', 'image/heif-sequence', 'image/heic-sequence', 'image/avif', 'image/avif-sequence'],
  'video/mp4': [
    'audio/mp4',
    'audio/m4a',
    'audio/x-m4a',
    'video/x-m4v',
    'video/quicktime',
    'video/3gpp',
    'video/3gpp2',
    'audio/3gpp',
    'application/mp4',
  ],
  'video/mpeg': ['video/mp1s', 'video/mp2p', 'video/x-mpeg'],
};

const CANONICAL = new Map(
  Object.entries(NAMES).flatMap(([name, others]) => others.map((other): [string, string] => [other, name])),
);

/** The name used for all types that are not told apart. */
export function canonicalType(essence: string): string {
  return CANONICAL.get(essence) ?? essence;
}

/**
 * What a format is built on, as a general type that its bytes may be taken for: Office files are zip archives, a tar may be
 * compressed, older Office files are compound files. Null if the format stands alone.
 */
export function baseOf(essence: string): string | null {
  if (isZipBased(essence)) return 'application/zip';
  if (essence.endsWith('+xml')) return 'application/xml';
  if (essence.endsWith('+json')) return 'application/json';
  if (essence.endsWith('+gzip') || essence === 'application/x-gtar') return 'application/gzip';
  if (COMPOUND_FILES.has(essence)) return 'application/x-cfb';
  if (/^image\/x-(?:adobe|canon|epson|fuji|nikon|olympus|panasonic|pentax|sony)/.test(essence)) return 'image/tiff';
  return null;
}

const COMPOUND_FILES: ReadonlySet<string> = new Set([
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.ms-outlook',
  'application/vnd.visio',
  'application/x-msi',
]);

function isZipBased(essence: string): boolean {
  return (
    essence.endsWith('+zip') ||
    /^application\/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument|apple\.|android\.package|ms-[a-z-]+\.)/.test(
      essence,
    ) ||
    ['application/java-archive', 'application/x-java-archive', 'application/x-xpinstall', 'model/3mf'].includes(essence)
  );
}
