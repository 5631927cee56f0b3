// What the byte store asks of S3, through the store of tus: a segment is one multipart upload, and `<key>.info` beside it
// holds the id by which it can be aborted.
//
// The parts are sent from here and not by S3Store.write, for three reasons. It keeps a part that is shorter than 5 MiB in
// `<key>.part`, which the next write deletes before those bytes are anywhere else: a crash in between loses them. (It
// would lose nothing that counts, as no byte of a segment is acknowledged before its seal.) Its limit of parts under way
// is shared by all uploads and taken while a part still gathers, so a few slow clients would hold up everybody. And a
// stream that is cut off can leave its temporary file behind.
import type { Readable } from 'node:stream';
import { type MetadataValue, type Options, S3Store } from '@tus/s3-store';
import { Upload } from '@tus/server';
import { StorageFull } from './byte-store.ts';

export interface Part {
  readonly ETag: string;
  readonly PartNumber: number;
}

const MISSING = ['NotFound', 'NoSuchKey', 'NoSuchUpload'];
// Of Ceph and of MinIO; a bucket of AWS is never full.
const FULL = ['QuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'XMinioStorageFull'];

export class S3Bucket extends S3Store {
  /** @throws Error when the AWS SDK finds none. */
  async findRegion(): Promise<string> {
    return this.client.config.region();
  }

  /** Begins the multipart upload that will be the object `key`. */
  async begin(key: string): Promise<MetadataValue> {
    await this.create(new Upload({ id: key, offset: 0 }));
    const upload = await this.getMetadata(key);
    // Who writes it has it; in the cache it would stay for good.
    await this.clearCache(key);
    return upload;
  }

  override async uploadPart(upload: MetadataValue, body: Readable, partNumber: number): Promise<string> {
    return super.uploadPart(upload, body, partNumber);
  }

  /** Makes one object of the parts, also of none at all. All but the last have 5 MiB or more. */
  async complete(upload: MetadataValue, parts: readonly Part[]): Promise<void> {
    await this.finishMultipartUpload(upload, [...parts]);
  }

  /** Bytes `start` to `last`, both inclusive. */
  async get(key: string, start: number, last: number): Promise<Readable> {
    const { Body } = await this.client.getObject({ Bucket: this.bucket, Key: key, Range: `bytes=${start}-${last}` });
    // In Node it is one.
    return Body as Readable;
  }

  /** Aborts the multipart upload and deletes the object, whichever of them there are. */
  async discard(key: string): Promise<void> {
    const uploadId = await unlessMissing(this.getMetadata(key));
    await this.clearCache(key);
    if (uploadId !== undefined) {
      const target = { Bucket: this.bucket, Key: key, UploadId: uploadId['upload-id'] };
      await unlessMissing(this.client.abortMultipartUpload(target));
    }
    // One by one: the request that deletes several needs a checksum that not every S3-compatible server knows.
    for (const Key of [key, this.partKey(key, true), this.infoKey(key)]) {
      await this.client.deleteObject({ Bucket: this.bucket, Key });
    }
  }

  close(): void {
    this.client.destroy();
  }

  /** Remembers the id, which `create` only writes down: reading it back would be one more request. */
  protected override async saveMetadata(upload: Upload, uploadId: string): Promise<void> {
    await super.saveMetadata(upload, uploadId);
    await this.cache.set(upload.id, { file: upload, 'upload-id': uploadId, 'tus-version': '1.0.0' });
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

/** A range that begins behind the end of the object. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidRange';
}

/** The error as a store reports it: StorageFull where it means that, otherwise itself. */
export function asBucketError(error: unknown): Error {
  const known = error instanceof Error ? error : new Error(String(error), { cause: error });
  const { $metadata } = known as { $metadata?: { httpStatusCode?: number } };
  const full = FULL.includes(known.name) || $metadata?.httpStatusCode === 507;
  return full ? new StorageFull(known) : known;
}
