// Upload-Metadata (https://tus.io/protocols/resumable-upload#upload-metadata): what of it means something here. `fileId`
// names a registered file; `filename`, `filetype` and `sha256` describe a new one; the rest is its metadata.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { Origin } from '../lifecycle/commands.ts';

/** As tus clients send it: a key without a value is null. */
export type UploadMetadata = Readonly<Record<string, string | null>>;

export interface Creation {
  readonly size: number;
  readonly metadata: UploadMetadata;
  readonly origin: Origin;
}

// Answers that are longer than a client takes help nobody; Node and browsers take 16 KiB of headers in all.
const MOST_BYTES = 8 * 1024;

/** The metadata of an upload as a HEAD answers it. */
export function metadataOf({ name, contentType, metadata }: FileSnapshot): Record<string, string | null> {
  const described = { filename: name, filetype: contentType };
  const texts = Object.entries(metadata).filter(
    (entry): entry is [string, string | null] =>
      /^[\x21-\x2b\x2d-\x7e]+$/.test(entry[0]) && (typeof entry[1] === 'string' || entry[1] === null),
  );
  const all = { ...Object.fromEntries(texts), ...described };
  return Buffer.byteLength(JSON.stringify(all)) > MOST_BYTES ? described : all;
}
