// The byte store in S3, or in whatever speaks its protocol: `<prefix>/<UUID>` of a bucket. An object cannot be written on,
// so each writer begins a segment of its own, and a long file has many: what is lost with a dead writer is one segment.
import { Readable } from 'node:stream';
import { BytesLost, type ByteStore, type SegmentWriter } from './byte-store.ts';
import { expectBytes } from './expect-bytes.ts';
import { S3Bucket, type S3Settings, asBucketError, isMissing, isOutOfRange } from './s3-bucket.ts';
import { S3SegmentWriter } from './s3-segment-writer.ts';
import { assertSegmentName } from './segment-name.ts';

export interface S3Location {
  readonly bucket: string;
  /** Of every key, without slashes around it; empty: none. */
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

// A part is sent while the next one arrives, so smaller ones would begin earlier; but each is a request.
const PART_BYTES = 8 * 2 ** 20;
const SEGMENT_BYTES = 32 * 2 ** 20;

const CONNECT_MS = 10_000;
// Of a connection on which nothing moves, in either direction.
const SILENCE_MS = 60_000;

/**
 * Credentials, and a region that is not given, are found as the AWS SDK finds them. Asks the server nothing yet.
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
    // Servers of one's own rarely have a name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    // Older S3-compatible servers refuse the checksums that the SDK would add by itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It would write to the console, where our log is; what goes wrong is an error here anyway.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      // The SDK's limit of 50 would let slow downloads, which hold their connection, keep uploads from starting.
      httpAgent: { maxSockets: Infinity },
      httpsAgent: { maxSockets: Infinity },
    },
  };
}

function ignore(): void {}
