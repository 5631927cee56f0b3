// The byte store in S3 or a compatible server: `<prefix>/<UUID>` in a bucket. An object cannot be appended to, so each writer
// begins its own segment, and a long file has many: a writer that dies loses one segment at most.
import { Readable } from 'node:stream';
import { BytesLost, type ByteStore, type SegmentWriter, assertSegmentName } from '../byte-store.ts';
import { expectBytes } from '../expect-bytes.ts';
import { S3Bucket, type S3Settings, asBucketError, isMissing, isOutOfRange } from './bucket.ts';
import { S3SegmentWriter } from './segment-writer.ts';

export interface S3Location {
  readonly bucket: string;
  /** Of every key, without leading or trailing slash; may be empty. */
  readonly prefix: string;
  /** Of an S3-compatible server; undefined: AWS. */
  readonly endpoint?: string;
  readonly region?: string;
}

export interface S3Sizes {
  readonly segmentBytes?: number;
  /** 5 MiB or more. */
  readonly partBytes?: number;
}

// A part is sent while the next one arrives: smaller parts would start earlier, but each is a request.
const PART_BYTES = 8 * 2 ** 20;
const SEGMENT_BYTES = 32 * 2 ** 20;

const MARKER = 'waybill-store';

const CONNECT_MS = 10_000;
// A connection on which nothing moves in either direction.
const SILENCE_MS = 60_000;

/**
 * The AWS SDK finds the credentials, and the region if none is given. Sends no request yet.
 * @throws Error when there is no region
 */
export async function openS3Store(location: S3Location, sizes: S3Sizes = {}): Promise<ByteStore> {
  const bucket = new S3Bucket({ s3ClientConfig: settingsFor(location) });
  await bucket.findRegion();
  return new ByteStoreInS3(bucket, location.prefix, sizes);
}

class ByteStoreInS3 implements ByteStore {
  readonly segmentBytes: number;
  readonly canContinue = false;
  readonly #partBytes: number;
  readonly #prefix: string;
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket, prefix: string, { segmentBytes = SEGMENT_BYTES, partBytes = PART_BYTES }: S3Sizes) {
    this.segmentBytes = segmentBytes;
    this.#partBytes = partBytes;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#bucket = bucket;
  }

  async openSegment(name: string, at: number): Promise<SegmentWriter> {
    const key = this.#keyOf(name);
    if (at !== 0) throw new RangeError(`segment ${name} cannot be continued at ${at}: objects are written once`);
    try {
      return new S3SegmentWriter(this.#bucket, await this.#bucket.begin(key), this.#partBytes);
    } catch (error) {
      throw asBucketError(error);
    }
  }

  async readSegment(name: string, start: number, end: number): Promise<Readable> {
    const key = this.#keyOf(name);
    if (start >= end) return Readable.from([]);
    try {
      return expectBytes(await this.#bucket.get(key, start, end - 1), end - start, name);
    } catch (error) {
      throw isMissing(error) || isOutOfRange(error) ? new BytesLost(name, error) : error;
    }
  }

  async removeSegment(name: string): Promise<void> {
    await this.#bucket.discard(this.#keyOf(name));
  }

  async readMarker(): Promise<string | null> {
    return await this.#bucket.readText(this.#prefix + MARKER);
  }

  async writeMarker(id: string): Promise<void> {
    await this.#bucket.writeText(this.#prefix + MARKER, id);
  }

  async close(): Promise<void> {
    this.#bucket.close();
  }

  #keyOf(name: string): string {
    assertSegmentName(name);
    return this.#prefix + name;
  }
}

function settingsFor({ bucket, endpoint, region }: S3Location): S3Settings {
  return {
    bucket,
    ...(region !== undefined && { region }),
    // S3-compatible servers rarely have a host name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    // Older S3-compatible servers refuse the checksums that the SDK adds by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The SDK would write to the console, where the log is; failures are thrown anyway.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      // With the SDK's limit of 50, slow downloads could keep uploads from starting.
      httpAgent: { maxSockets: Infinity },
      httpsAgent: { maxSockets: Infinity },
    },
  };
}

function ignore(): void {}
