// By what a local file is recognised.
import { createSha256 } from './sha256.ts';
import type { UploadOptions } from './options.ts';

/** Of the first and the last bytes: what is exchanged under the same name and time differs there, in most formats. */
const SAMPLE_BYTES = 64 * 1_024;

interface MaybeFile extends Blob {
  readonly name?: string;
  readonly lastModified?: number;
  readonly webkitRelativePath?: string;
}

export const nameOf = (file: Blob, { name }: UploadOptions): string => name ?? ((file as MaybeFile).name || 'file');

export const typeOf = (file: Blob, { contentType }: UploadOptions): string =>
  contentType ?? (file.type || 'application/octet-stream');

/** What can be told of a file without reading it; null of a Blob, which has no time of modification. */
export function describe(file: Blob, options: UploadOptions): string | null {
  if (options.fingerprint !== undefined) return options.fingerprint;
  const { size, lastModified, webkitRelativePath = '' } = file as MaybeFile;
  if (lastModified === undefined) return null;
  const { metadata = {} } = options;
  return JSON.stringify([
    nameOf(file, options),
    size,
    typeOf(file, options),
    lastModified,
    webkitRelativePath,
    metadata,
  ]);
}

/**
 * 64 hex digits; null: it is not recognised.
 * @param url of the server: the same file is another one elsewhere
 */
export async function fingerprintOf(url: string, file: Blob, options: UploadOptions): Promise<string | null> {
  const description = describe(file, options);
  if (description === null) return null;
  const sha256 = createSha256();
  sha256.update(new TextEncoder().encode(`${url}\n${description}\n`));
  if (options.fingerprint === undefined) {
    for (const part of [file.slice(0, SAMPLE_BYTES), file.slice(Math.max(SAMPLE_BYTES, file.size - SAMPLE_BYTES))]) {
      sha256.update(new Uint8Array(await part.arrayBuffer()));
    }
  }
  return sha256.digest();
}
