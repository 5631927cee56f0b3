// The S3 requests of the byte store, through the methods of @tus/s3-store: a segment is one multipart upload, and
// `<key>.info` beside it holds the id by which it can be aborted.
//
// Parts are not sent by S3Store.write, for two reasons. Its limit of parts in flight is shared by all uploads and taken
// while a part is still being filled, so a few slow clients would hold up all others. And a stream that breaks off can leave
// its temporary file behind.
import type { Readable } from 'node:stream';
import { type MetadataValue, type Options, S3Store } from '@tus/s3-store';
import { StorageFull } from '../byte-store.ts';

export interface Part {
  readonly ETag: string;
  readonly PartNumber: number;
}

const MISSING = ['NotFound', 'NoSuchKey', 'NoSuchUpload'];
// Of Ceph and MinIO; a bucket at AWS is never full.
const FULL = ['QuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'XMinioStorageFull'];

export class S3Bucket extends S3Store {
  /** @throws Error when the AWS SDK finds none. */
  async findRegion(): Promise<string> {
    return this.client.config.region();
  }

  /** Begins the multipart upload that will be the object `key`. */
  async begin(key: string): Promise<MetadataValue> {
    const file = { id: key, offset: 0 } as MetadataValue['file'];
    const { UploadId: id = '' } = await this.client.createMultipartUpload({ Bucket: this.bucket, Key: key });
    await this.saveMetadata(file, id);
    return { file, 'upload-id': id, 'tus-version': '1.0.0' };
  }

  override async uploadPart(upload: MetadataValue, body: Readable, partNumber: number): Promise<string> {
    return super.uploadPart(upload, body, partNumber);
  }

  /** Makes one object of the parts, or an empty one of none. All but the last must have 5 MiB or more. */
  async complete(upload: MetadataValue, parts: readonly Part[]): Promise<void> {
    await this.finishMultipartUpload(upload, [...parts]);
  }

  /** Bytes `start` to `last`, both inclusive. */
  async get(key: string, start: number, last: number): Promise<Readable> {
    const { Body } = await this.client.getObject({ Bucket: this.bucket, Key: key, Range: `bytes=${start}-${last}` });
    // A Readable in Node.
    return Body as Readable;
  }

  /** The text of a small object; null when there is none. */
  async readText(key: string): Promise<string | null> {
    try {
      const { Body } = await this.client.getObject({ Bucket: this.bucket, Key: key });
      return (await Body?.transformToString()) ?? null;
    } catch (error) {
      // Not `NoSuchBucket`: a bucket that is missing is a mistake in the settings.
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async writeText(key: string, text: string): Promise<void> {
    await this.client.putObject({ Bucket: this.bucket, Key: key, Body: text });
  }

  /** Aborts the multipart upload and deletes the object, if they exist. */
  async discard(key: string): Promise<void> {
    const uploadId = await unlessMissing(this.getMetadata(key));
    await this.clearCache(key);
    if (uploadId !== undefined) {
      const target = { Bucket: this.bucket, Key: key, UploadId: uploadId['upload-id'] };
      await unlessMissing(this.client.abortMultipartUpload(target));
    }
    // One by one: deleting several at once needs a checksum that not every S3-compatible server knows.
    for (const Key of [key, this.partKey(key, true), this.infoKey(key)]) {
      await this.client.deleteObject({ Bucket: this.bucket, Key });
    }
  }

  close(): void {
    this.client.destroy();
  }
}

export type S3Settings = Options['s3ClientConfig'];

async function unlessMissing<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  return answer.catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && MISSING.includes(error.name);
}

/** A range that begins after the end of the object. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidRange';
}

const REFUSED = [401, 403];

/** StorageFull when the bucket is full, a sentence when the server refuses, otherwise the error itself. */
export function asBucketError(error: unknown): Error {
  const known = error instanceof Error ? error : new Error(String(error), { cause: error });
  const { $metadata } = known as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  if (FULL.includes(known.name) || status === 507) return new StorageFull(known);
  return REFUSED.includes(status) ? new Error(refusalOf(status, known), { cause: known }) : known;
}

/** An answer without a code has the name and the message `Unknown`, or `UnknownError`. */
function refusalOf(status: number, { name, message }: Error): string {
  const words = [name, message].filter((each) => !each.startsWith('Unknown'));
  const details = words.length === 0 ? '' : ` (${words.join(': ')})`;
  return (
    `the server answers ${status}${details}. The credentials are wrong, or may not write to the bucket: see ` +
    'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the other sources of the AWS SDK'
  );
}
