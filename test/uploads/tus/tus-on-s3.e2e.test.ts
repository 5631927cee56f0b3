// tus over the store in S3: segments that become full in mid-request, requests that break off, and reading back.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ByteStore } from '../../../src/uploads/store/byte-store.ts';
import { openByteStore } from '../../../src/uploads/store/open-store.ts';
import { KIB, MIB, digestOf, randomBytes } from '../../support/bytes.ts';
import { request } from '../../support/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { createRandom } from '../../support/random.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../../support/s3-server.ts';
import { createUpload, cutPatch, fileIdOf, patch, tus } from '../../support/tus.ts';
import { until } from '../../support/until.ts';
import { readHeld } from '../../support/upload-server.ts';

let s3: S3Server;
let store: ByteStore;
let waybill: Instance;
const bytes = randomBytes(createRandom(11), 70 * MIB);

beforeAll(async () => {
  s3 = await startS3Server();
  for (const [name, value] of Object.entries({ ...S3_CREDENTIALS, AWS_REGION: 'us-east-1' })) vi.stubEnv(name, value);
  const storageUrl = `s3://${s3.bucket}/bytes?endpoint=${s3.endpoint}`;
  store = await openByteStore({ storageUrl, dataDir: 'not used' });
  waybill = await startInstance({ env: { WAYBILL_STORAGE_URL: storageUrl } });
});

afterAll(async () => {
  await waybill.stop();
  await store.close();
  await s3.close();
  vi.unstubAllEnvs();
});

const contentUrlOf = async (url: string): Promise<string> =>
  (
    await request<{ file: { contentUrl: string } }>(waybill.url, 'query ($id: ID!) { file(id: $id) { contentUrl } }', {
      id: fileIdOf(url),
    })
  ).file.contentUrl;

async function expectRanges(url: string): Promise<void> {
  const contentUrl = await contentUrlOf(url);
  for (const [first, last] of [
    [0, 0],
    [20 * MIB - 3, 20 * MIB + 3],
    [31 * MIB, 33 * MIB],
    [64 * MIB - 1, 70 * MIB - 1],
  ] as const) {
    const answer = await fetch(contentUrl, { headers: { range: `bytes=${first}-${last}` } });
    expect(answer.status).toBe(206);
    expect(digestOf(await answer.bytes())).toBe(digestOf(bytes.subarray(first, last + 1)));
  }
}

describe('an upload to S3', () => {
  it('of 70 MiB in one request is three segments, and reads back', async () => {
    const url = await createUpload(waybill.url, bytes.length);
    expect(await patch(url, 0, bytes)).toMatchObject({ status: 204, offset: bytes.length });
    const held = await readHeld(waybill.database, store, url);
    expect(held).toMatchObject({ state: 'PROCESSING', sha256: digestOf(bytes) });
    await expectRanges(url);
  });

  it('in requests of 20 MiB, one of them cut, goes on where S3 has all of it, and reads back', async () => {
    const url = await createUpload(waybill.url, bytes.length, { sha256: digestOf(bytes) });
    expect(await patch(url, 0, bytes.subarray(0, 20 * MIB))).toMatchObject({ status: 204, offset: 20 * MIB });
    await cutPatch(url, 20 * MIB, bytes.subarray(20 * MIB, 40 * MIB), 9 * MIB + 5 * KIB);
    const { offset: resumed } = await tus('HEAD', url);
    expect(resumed).toBeGreaterThanOrEqual(20 * MIB);
    expect(resumed).toBeLessThanOrEqual(29 * MIB + 5 * KIB);
    expect((await readHeld(waybill.database, store, url)).bytes.length).toBe(resumed);
    for (let at = resumed; at < bytes.length; at += 20 * MIB) {
      expect(await patch(url, at, bytes.subarray(at, at + 20 * MIB))).toMatchObject({ status: 204 });
    }
    expect(await readHeld(waybill.database, store, url)).toMatchObject({ state: 'PROCESSING' });
    await expectRanges(url);
    await tus('DELETE', url);
    const leftOver = 'select id from segment where file_id is null';
    await until(
      () => waybill.database.query(leftOver),
      (rows) => rows.length === 0,
    );
    // What is left in the bucket belongs to the other upload.
    const rows = await waybill.database.query<{ id: string }>('select id from segment');
    const names = new Set((await s3.listObjects()).flatMap((key) => /[0-9a-f-]{36}/.exec(key) ?? []));
    expect([...names].toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    expect(await s3.listUploads()).toEqual([]);
  });
});
