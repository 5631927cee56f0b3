// Writes one segment as a multipart upload: one part is filled on disk while the one before it is sent. The object exists
// only after seal has completed the upload.
import type { MetadataValue } from '@tus/s3-store';
import type { SegmentWriter } from '../byte-store.ts';
import { PartFile } from './part-file.ts';
import { type Part, type S3Bucket, asBucketError } from './bucket.ts';

export class S3SegmentWriter implements SegmentWriter {
  readonly #bucket: S3Bucket;
  readonly #upload: MetadataValue;
  readonly #partBytes: number;
  readonly #parts: Part[] = [];
  /** Of the parts that S3 has. */
  #sentBytes = 0;
  #filling: PartFile | undefined;
  /** The last part in flight; it resolves even when it failed. */
  #sending: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(bucket: S3Bucket, upload: MetadataValue, partBytes: number) {
    this.#bucket = bucket;
    this.#upload = upload;
    this.#partBytes = partBytes;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let rest = chunk; rest.byteLength > 0;) rest = await this.#take(rest);
    } catch (error) {
      this.#failure ??= asBucketError(error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async sync(): Promise<number> {
    return 0;
  }

  async seal(): Promise<number> {
    try {
      if (this.#failure === undefined && this.#filling !== undefined) await this.#sendFilled(this.#filling);
      await this.#sending;
      // After a failure, the parts before it are complete.
      const worthIt = this.#failure === undefined || this.#sentBytes > 0;
      if (worthIt) await this.#bucket.complete(this.#upload, this.#parts);
      return this.#sentBytes;
    } catch (error) {
      this.#failure ??= asBucketError(error);
      return 0;
    } finally {
      await this.#filling?.close();
    }
  }

  async abandon(): Promise<void> {
    await this.#filling?.close();
    // removeSegment removes what S3 has; a part must not arrive after it.
    await this.#sending;
  }

  /** Returns what no longer fits into the part. */
  async #take(chunk: Uint8Array): Promise<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure;
    const part = (this.#filling ??= await PartFile.create());
    const room = this.#partBytes - part.size;
    // Before it is written, and its memory freed.
    const rest = chunk.subarray(room);
    await part.write(chunk.subarray(0, room));
    if (part.size === this.#partBytes) await this.#sendFilled(part);
    return rest;
  }

  async #sendFilled(part: PartFile): Promise<void> {
    await this.#sending;
    this.#filling = undefined;
    this.#sending = this.#send(part);
  }

  async #send(part: PartFile): Promise<void> {
    try {
      if (this.#failure !== undefined) return;
      const body = await part.read();
      const PartNumber = this.#parts.length + 1;
      const ETag = await this.#bucket.uploadPart(this.#upload, body, PartNumber).finally(() => body.destroy());
      this.#parts.push({ ETag, PartNumber });
      this.#sentBytes += part.size;
    } catch (error) {
      this.#failure = asBucketError(error);
    } finally {
      await part.close();
    }
  }
}
