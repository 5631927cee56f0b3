// What is registered for a local file: its name, media type, size and metadata.
import type { FileFacts, NewFile } from '../api/files.ts';
import { contentTypeOf } from './content-type.ts';
import type { FoundFile } from './find-files.ts';
import type { UploadIdentity } from './resume-store.ts';

export interface FileOptions {
  readonly checksum?: boolean;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export type Description = Omit<NewFile, 'idempotencyKey'>;

export function describeFile(
  { name, originalName }: FoundFile,
  { size, mtimeNs }: UploadIdentity,
  sha256: string | null,
  { contentType, metadata }: FileOptions,
): Description {
  const modifiedAt = new Date(Number(mtimeNs / 1_000_000n)).toISOString();
  return {
    name,
    contentType: contentType ?? contentTypeOf(name),
    size,
    sha256,
    metadata: { modifiedAt, ...(originalName !== undefined && { originalName }), ...metadata },
  };
}

/** The options that a file which is on the server already was not registered with. */
export function findIgnored(file: FileFacts, { checksum, contentType, metadata }: FileOptions): string[] {
  const ignored = [];
  if (contentType !== undefined && contentType !== file.contentType) ignored.push('--content-type');
  if (Object.entries(metadata).some(([key, value]) => file.metadata[key] !== value)) ignored.push('--metadata');
  // A digest that was not declared is not known until all bytes are there.
  if (checksum === true && file.sha256 === null) ignored.push('--checksum');
  return ignored;
}
