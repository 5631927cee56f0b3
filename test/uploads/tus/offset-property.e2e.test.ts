// Whatever clients do, in any order: the offset never goes back, is always true, and the upload can be completed.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestOf, randomBytes } from '../../support/bytes.ts';
import { createRandom } from '../../support/random.ts';
import { type TusAnswer, createUpload, cutPatch, openPatch, patch, tus } from '../../support/tus.ts';
import { until } from '../../support/until.ts';
import { type UploadServer, startUploadServer } from '../../support/upload-server.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = 40;
const SIZE = 150_000;
const content = randomBytes(createRandom(seed), SIZE);

let waybill: UploadServer;
beforeAll(async () => {
  waybill = await startUploadServer();
});
afterAll(() => waybill.stop());

/** What a client knows of an upload. */
interface Known {
  readonly url: string;
  /** Acknowledged. */
  least: number;
  /** Bytes ever sent, which may have been kept even when the connection broke. */
  most: number;
}

type Step = (known: Known) => Promise<void>;

function acknowledge(known: Known, { status, offset }: TusAnswer, sent: number): void {
  known.most = Math.max(known.most, known.least + sent);
  // A broken request that arrived late may have been first.
  expect([204, 409, 423]).toContain(status);
  if (status !== 204) return;
  expect(offset).toBe(known.least + sent);
  known.least = offset;
}

const next = ({ least }: Known, length: number): Buffer => content.subarray(least, least + length);

const length = fc.integer({ min: 0, max: 60_000 });
const algorithm = fc.constantFrom('sha1', 'sha256', 'md5');
const sumOf = (name: string, bytes: Uint8Array): Record<string, string> => ({
  'upload-checksum': `${name} ${createHash(name).update(bytes).digest('base64')}`,
});

const steps: Readonly<Record<string, fc.Arbitrary<Step>>> = {
  send: length.map((count) => async (known) => {
    const bytes = next(known, count);
    acknowledge(known, await patch(known.url, known.least, bytes), bytes.length);
  }),
  sendChecked: fc.tuple(length, algorithm).map(([count, name]) => async (known) => {
    const bytes = next(known, count);
    acknowledge(known, await patch(known.url, known.least, bytes, sumOf(name, bytes)), bytes.length);
  }),
  sendWrong: fc.tuple(length, algorithm).map(([count, name]) => async (known) => {
    const wrong = next(known, count).map((byte) => byte ^ 1);
    if (wrong.length === 0) return;
    const { status } = await patch(known.url, known.least, wrong, sumOf(name, next(known, count)));
    expect([460, 409, 423]).toContain(status);
  }),
  sendElsewhere: fc.tuple(length, fc.integer({ min: 1, max: SIZE })).map(([count, shift]) => async (known) => {
    const offset = (known.most + shift) % (2 * SIZE);
    if (offset >= known.least && offset <= known.most) return;
    const { status } = await patch(known.url, offset, next(known, count));
    expect([409, 423]).toContain(status);
  }),
  sendTooMuch: fc.boolean().map((isChunked) => async (known) => {
    const tooMuch = Buffer.alloc(SIZE - known.least + 1, 1);
    const open = await openPatch(known.url, known.least, isChunked ? null : tooMuch.length);
    await open.send(tooMuch).catch(() => undefined);
    open.end();
    expect([413, 409, 423]).toContain((await open.answer).status);
  }),
  cut: fc.tuple(length, fc.nat()).map(([count, share]) => async (known) => {
    const bytes = next(known, count);
    const sent = share % (bytes.length + 1);
    known.most = Math.max(known.most, known.least + sent);
    await cutPatch(known.url, known.least, bytes, sent);
  }),
};

/** What the server says, and what it holds. */
async function look(known: Known): Promise<void> {
  // 423: a broken request is still being made durable, on a slow disk.
  const { offset } = await until(
    () => tus('HEAD', known.url),
    ({ status }) => status === 200,
  );
  expect(offset).toBeGreaterThanOrEqual(known.least);
  expect(offset).toBeLessThanOrEqual(known.most);
  known.least = offset;
  const { bytes } = await waybill.held(known.url);
  expect(bytes.length).toBeGreaterThanOrEqual(offset);
  expect(bytes.length).toBeLessThanOrEqual(known.most);
  expect(bytes.equals(content.subarray(0, bytes.length))).toBe(true);
}

async function finish(known: Known): Promise<void> {
  for (let attempt = 0; attempt < 10 && known.least < SIZE; attempt += 1) {
    const rest = next(known, SIZE);
    acknowledge(known, await patch(known.url, known.least, rest), rest.length);
    await look(known);
  }
  expect(await waybill.held(known.url)).toMatchObject({ state: 'PROCESSING', sha256: digestOf(content) });
}

it(`the offset never lies, over ${RUNS} sequences of requests (SEED=${seed})`, async () => {
  const sequence = fc.array(fc.oneof(...Object.values(steps)), { minLength: 1, maxLength: 10 });
  const property = fc.asyncProperty(sequence, fc.boolean(), async (sent, isDeclared) => {
    const url = await createUpload(waybill.url, SIZE, isDeclared ? { sha256: digestOf(content) } : {});
    const known: Known = { url, least: 0, most: 0 };
    for (const step of sent) {
      await step(known);
      await look(known);
    }
    await finish(known);
  });
  await fc.assert(property, { seed, numRuns: RUNS });
});
