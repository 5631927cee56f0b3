// The byte store in S3, against an S3-compatible server: the conformance suite and its own cases.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ByteStore, BytesLost, StorageFull } from '../../../src/uploads/store/byte-store.ts';
import { openByteStore } from '../../../src/uploads/store/open-store.ts';
import { KIB, MIB, fingerprint, fingerprintOf, randomBytes, writeInPieces } from '../../support/bytes.ts';
import { createRandom } from '../../support/random.ts';
import { answerFault } from '../../support/s3-gaps.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../../support/s3-server.ts';
import { until } from '../../support/until.ts';
import { testByteStore } from './byte-store-suite.ts';

const PART = 8 * MIB;
const random = createRandom(1);

let server: S3Server;
let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'waybill-s3-parts-'));
  server = await startS3Server();
  const environment = { ...S3_CREDENTIALS, AWS_REGION: 'us-east-1', TMPDIR: temporary };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(temporary, { recursive: true });
});

function openStore(path = `${server.bucket}/some/prefix`): Promise<ByteStore> {
  return openByteStore({ storageUrl: `s3://${path}?endpoint=${server.endpoint}`, dataDir: 'not used' });
}

async function listLeftovers(): Promise<string[]> {
  const unsealed = await server.listUploads();
  return [...(await server.listObjects()), ...unsealed.map((parts) => `upload of ${parts.join(' and ')} bytes`)];
}

testByteStore(async () => ({ open: openStore, listLeftovers }));

describe('the byte store in S3', () => {
  let store: ByteStore;
  let name: string;

  beforeEach(async () => {
    store = await openStore();
    name = uuidv7();
  });

  afterEach(() => store.close());

  test('makes an object and its note of each segment, under the prefix, in parts of 8 MiB', async () => {
    const writer = await store.openSegment(name, 0);
    await writeInPieces(writer, randomBytes(random, 2 * PART + 1), random);
    const sent = `upload of ${PART} and ${PART} bytes`;
    await until(listLeftovers, (leftovers) => leftovers.includes(sent));
    await writer.seal();
    const key = `some/prefix/${name}`;
    expect(await server.listObjects()).toEqual([key, `${key}.info`]);
    const path = `/${server.bucket}/${key}`;
    const parts = [1, 2, 3].map((number) => `PUT ${path}?partNumber=${number}`);
    const note = `PUT ${path}.info`;
    expect(server.requests).toEqual([`POST ${path}?uploads`, note, ...parts, `POST ${path}?uploadId`]);
    await store.removeSegment(name);
  });

  test('takes a bucket without a prefix', async () => {
    const plain = await openStore(server.bucket);
    await (await plain.openSegment(name, 0)).seal();
    expect(await server.listObjects()).toEqual([name, `${name}.info`]);
    await plain.close();
  });

  test('has nothing of a segment before it is sealed, and says so', async () => {
    const writer = await store.openSegment(name, 0);
    await writeInPieces(writer, randomBytes(random, PART + 5), random);
    expect(await writer.sync()).toBe(0);
    await expect(store.readSegment(name, 0, 1)).rejects.toBeInstanceOf(BytesLost);
    expect(await writer.seal()).toBe(PART + 5);
  });

  test('continues no segment', async () => {
    await (await store.openSegment(name, 0)).seal();
    await expect(store.openSegment(name, 1)).rejects.toThrow(RangeError);
    expect(store.canContinue).toBe(false);
    expect(store.segmentBytes).toBe(32 * MIB);
  });

  test('holds a writer back: two parts at most wait on disk, in files without a name', async () => {
    const open = Promise.withResolvers<void>();
    server.before = async (context, next) => {
      if (context.query['partNumber'] === '1') await open.promise;
      await next();
    };
    const writer = await store.openSegment(name, 0);
    const bytes = randomBytes(random, 4 * PART);
    let taken = 0;
    const writing = (async () => {
      for (; taken < bytes.length; taken += 64 * KIB) await writer.write(bytes.subarray(taken, taken + 64 * KIB));
    })();
    await until(
      () => taken,
      (count) => count > 2 * PART - 128 * KIB,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(taken).toBeLessThan(2 * PART + 64 * KIB);
    expect(await readdir(temporary)).toEqual([]);
    open.resolve();
    await writing;
    expect(await writer.seal()).toBe(bytes.length);
    expect(await fingerprintOf(await store.readSegment(name, 0, bytes.length))).toEqual(fingerprint(bytes));
  });

  test('saves the parts before one that fails, and says why there are no more', async () => {
    server.before = async (context, next) => {
      if (context.query['partNumber'] === '2') answerFault(context, 503, 'SlowDown');
      else await next();
    };
    const writer = await store.openSegment(name, 0);
    const bytes = randomBytes(random, 4 * PART);
    await expect(writeInPieces(writer, bytes, random)).rejects.toMatchObject({ name: 'SlowDown' });
    expect(await writer.seal()).toBe(PART);
    expect(writer.failure).toMatchObject({ name: 'SlowDown' });
    const kept = await store.readSegment(name, 0, PART);
    expect(await fingerprintOf(kept)).toEqual(fingerprint(bytes.subarray(0, PART)));
    expect(await readdir(temporary)).toEqual([]);
  });

  test.each([
    ['a part', (query: object) => 'partNumber' in query],
    ['the completion', (query: object) => 'uploadId' in query && !('partNumber' in query)],
  ])('acknowledges nothing when %s is refused for want of room', async (_what, matches) => {
    server.before = async (context, next) => {
      if (matches(context.query)) answerFault(context, 403, 'QuotaExceeded');
      else await next();
    };
    const writer = await store.openSegment(name, 0);
    await writer.write(randomBytes(random, 100));
    expect(await writer.seal()).toBe(0);
    expect(writer.failure).toBeInstanceOf(StorageFull);
    server.before = (_context, next) => next();
    await store.removeSegment(name);
    expect(await listLeftovers()).toEqual([]);
  });

  test('does not take a missing bucket or a refusal for lost bytes', async () => {
    const elsewhere = await openStore('no-such-bucket');
    await expect(elsewhere.readSegment(name, 0, 1)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(elsewhere.removeSegment(name)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await elsewhere.close();
    server.before = async (context) => answerFault(context, 403, 'AccessDenied');
    await expect(store.readSegment(name, 0, 1)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(store.removeSegment(name)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('says BytesLost for an object that was cut short', async () => {
    const other = uuidv7();
    for (const [segment, size] of [
      [name, 50],
      [other, 100],
    ] as const) {
      const writer = await store.openSegment(segment, 0);
      await writer.write(randomBytes(random, size));
      await writer.seal();
    }
    await expect(fingerprintOf(await store.readSegment(name, 0, 100))).rejects.toBeInstanceOf(BytesLost);
    expect(await fingerprintOf(await store.readSegment(other, 0, 100))).toMatchObject({ length: 100 });
  });
});
