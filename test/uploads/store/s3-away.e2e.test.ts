// S3 that goes away while uploads are under way, or takes the credentials no longer: requests name the store, the replica is not ready,
// nothing is declared lost, and the client goes on once S3 is back.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { ByteStore } from '../../../src/uploads/store/byte-store.ts';
import { openByteStore } from '../../../src/uploads/store/open-store.ts';
import { MIB, digestOf, randomBytes } from '../../support/bytes.ts';
import { get, readMetric } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { createRandom } from '../../support/random.ts';
import { answerFault } from '../../support/s3-gaps.ts';
import { S3_CREDENTIALS, type S3Server, startS3Server } from '../../support/s3-server.ts';
import { createUpload, patch, tus } from '../../support/tus.ts';
import { until } from '../../support/until.ts';
import { readHeld } from '../../support/upload-server.ts';

const bytes = randomBytes(createRandom(12), 12 * MIB);
const FIRST = 5 * MIB;

let s3: S3Server;
let store: ByteStore;
let waybill: Instance;

beforeAll(() => {
  for (const [name, value] of Object.entries({ ...S3_CREDENTIALS, AWS_REGION: 'us-east-1' })) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

beforeEach(async () => {
  s3 = await startS3Server();
  const storageUrl = `s3://${s3.bucket}/bytes?endpoint=${s3.endpoint}`;
  store = await openByteStore({ storageUrl, dataDir: 'not used' });
  waybill = await startInstance({ env: { WAYBILL_STORAGE_URL: storageUrl } });
});
afterEach(async () => {
  await waybill.stop();
  await store.close();
  await s3.close();
});

async function expectReadiness(status: 200 | 503): Promise<void> {
  await until(
    () => get(waybill.url, '/readyz'),
    (answer) => answer.status === status,
    90_000,
  );
  expect(await readMetric(waybill.url, 'waybill_store_usable')).toBe(status === 200 ? 1 : 0);
}

/** Once the store is back, as a client does it: the offset is asked for, and the rest is sent. */
async function goOn(url: string): Promise<void> {
  const { status, offset } = await tus('HEAD', url);
  expect(status).toBe(200);
  expect(offset).toBeGreaterThanOrEqual(FIRST);
  expect(await patch(url, offset, bytes.subarray(offset))).toMatchObject({ status: 204, offset: bytes.length });
  expect(await readHeld(waybill.database, store, url)).toMatchObject({ state: 'PROCESSING', sha256: digestOf(bytes) });
}

it('S3 is killed in the middle of an upload', async () => {
  const url = await createUpload(waybill.url, bytes.length, { sha256: digestOf(bytes) });
  expect(await patch(url, 0, bytes.subarray(0, FIRST))).toMatchObject({ status: 204, offset: FIRST });
  let killed: Promise<void> | undefined;
  s3.before = async (context, next) => {
    if (context.query['partNumber'] === undefined) return await next();
    killed ??= s3.kill();
    await killed;
  };
  const cut = await patch(url, FIRST, bytes.subarray(FIRST));
  expect(killed).toBeDefined();
  expect(cut.status).toBe(503);
  expect(cut.body).toContain('The byte store cannot be reached');
  await expectReadiness(503);
  expect(await readMetric(waybill.url, 'waybill_store_failures_total')).toBeGreaterThan(0);
  // While it is away: the same answer, and the file is not given up.
  expect(await patch(url, FIRST, bytes.subarray(FIRST))).toMatchObject({ status: 503 });
  expect(await tus('HEAD', url)).toMatchObject({ status: 200 });
  s3.before = (_context, next) => next();
  await s3.revive();
  await expectReadiness(200);
  await goOn(url);
});

it('S3 takes the credentials no longer', async () => {
  const url = await createUpload(waybill.url, bytes.length, { sha256: digestOf(bytes) });
  expect(await patch(url, 0, bytes.subarray(0, FIRST))).toMatchObject({ status: 204, offset: FIRST });
  s3.before = (context) => {
    answerFault(context, 403, 'InvalidAccessKeyId');
    return Promise.resolve();
  };
  const refused = await patch(url, FIRST, bytes.subarray(FIRST));
  // Not a matter of trying again: somebody has to look after the store.
  expect(refused.status).toBe(500);
  expect(refused.body).toContain('The byte store cannot be used');
  await expectReadiness(503);
  expect(waybill.log.map(({ msg, reason }) => ({ msg, reason }))).toContainEqual({
    msg: 'the byte store cannot be used',
    reason: 'of the test',
  });
  s3.before = (_context, next) => next();
  await expectReadiness(200);
  await goOn(url);
});
