// The built-in processors in their order: the type first, since the others are asked by it. This file imports none of them:
// only children load them, with their libraries (20 MiB that no other process needs).

export interface BuiltInSettings {
  /** Fail a file whose declared type cannot be true: MEDIA_TYPE_MISMATCH. Otherwise it is recorded. */
  readonly refuseMismatch?: boolean;
  /** Fail an archive that could be a bomb: ARCHIVE_BOMB. Otherwise it is recorded. */
  readonly refuseBombs?: boolean;
  /** Keep where a photo was taken. */
  readonly gps?: boolean;
  /** Absolute path of ffprobe. Without it, `media` is left out. */
  readonly ffprobe?: string | null;
}

/**
 * The options of each by its name, in order. They are JSON: the processor `some-name` is made in a child, from these, by the
 * function someNameProcessor of processors/some-name.ts.
 */
export function builtInOptions(
  settings: BuiltInSettings = {},
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { refuseMismatch = false, refuseBombs = false, gps = false, ffprobe = null } = settings;
  return {
    'media-type': { refuseMismatch },
    image: { gps },
    ...(ffprobe !== null && { media: { ffprobe } }),
    text: {},
    pdf: {},
    office: {},
    archive: { refuseBombs },
  };
}
