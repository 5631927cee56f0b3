// Wrong tus requests: each gets its status, changes no acknowledged byte, and leaves row and store in agreement.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KIB, MIB, randomBytes } from '../support/bytes.ts';
import { expectClean, expectServing } from '../support/clean.ts';
import { newFile, transition } from '../support/client.ts';
import { exchange } from '../support/http.ts';
import { deleteFile } from '../support/operations.ts';
import { createRandom } from '../support/random.ts';
import { type TusAnswer, createUpload, cutPatch, fileIdOf, openPatch, patch, tus } from '../support/tus.ts';
import { until } from '../support/until.ts';
import { type UploadServer, startUploadServer } from '../support/upload-server.ts';

const SIZE = 300_000;
const bytes = randomBytes(createRandom(5), SIZE);

let waybill: UploadServer;
beforeAll(async () => {
  waybill = await startUploadServer({ WAYBILL_MAX_UPLOAD_BYTES: '1GiB' });
});
afterAll(() => waybill.stop());

const newUpload = (size = SIZE): Promise<string> => createUpload(waybill.url, size);

/** The upload holds the first `count` bytes and says so; the server goes on; the rest completes it. */
async function expectHeld(url: string, count: number, size = SIZE): Promise<void> {
  expect((await waybill.held(url)).bytes.equals(bytes.subarray(0, count))).toBe(true);
  expect(await tus('HEAD', url)).toMatchObject({ status: 200, offset: count });
  await expectServing(waybill.url);
  expect(await patch(url, count, bytes.subarray(count, size))).toMatchObject({ status: 204, offset: size });
  expect(await waybill.held(url)).toMatchObject({ state: 'PROCESSING', bytes: bytes.subarray(0, size) });
}

function expectRefused(answer: TusAnswer, status: number): void {
  expect(answer.status, answer.body).toBe(status);
  expectClean({ status, headers: new Headers(), text: answer.body });
}

describe('the bytes of a PATCH', () => {
  it('that are more than were declared are 413, by their Content-Length or by their number', async () => {
    const url = await newUpload(200_000);
    await patch(url, 0, bytes.subarray(0, 100_000));
    expectRefused(await patch(url, 100_000, bytes.subarray(100_000)), 413);
    const chunked = await openPatch(url, 100_000, null);
    await chunked.send(bytes.subarray(100_000));
    chunked.end();
    expectRefused(await chunked.answer, 413);
    await expectHeld(url, 100_000, 200_000);
  });

  it('may be chunked', async () => {
    const url = await newUpload();
    const chunked = await openPatch(url, 0, null);
    await chunked.send(bytes.subarray(0, 100_000));
    await chunked.send(bytes.subarray(100_000, 200_000));
    chunked.end();
    expect(await chunked.answer).toMatchObject({ status: 204, offset: 200_000 });
    await expectHeld(url, 200_000);
  });

  it('that are fewer than announced, and then the line is dead, are kept', async () => {
    const url = await newUpload();
    await patch(url, 0, bytes.subarray(0, 50_000));
    await cutPatch(url, 50_000, bytes.subarray(50_000), 77_777);
    await until(
      () => tus('HEAD', url),
      ({ offset }) => offset === 127_777,
    );
    await expectHeld(url, 127_777);
  });

  it('under a checksum that are fewer than announced are dropped', async () => {
    const url = await newUpload();
    const open = await openPatch(url, 0, SIZE, { 'upload-checksum': `md5 ${Buffer.alloc(16).toString('base64')}` });
    await open.send(bytes.subarray(0, 100_000));
    await open.cut();
    await expectHeld(url, 0);
  });

  it('at an offset that is not the server’s are 409', async () => {
    const url = await newUpload();
    await patch(url, 0, bytes.subarray(0, 1_000));
    for (const offset of [0, 999, 1_001, SIZE, SIZE + 1, 2 ** 53 - 2]) {
      expectRefused(await patch(url, offset, 'x'), 409);
    }
    await expectHeld(url, 1_000);
  });

  it('after the last one are refused, whatever their number', async () => {
    const url = await newUpload(4);
    await patch(url, 0, bytes.subarray(0, 4));
    expectRefused(await patch(url, 4, 'more'), 413);
    expectRefused(await patch(url, 0, 'again'), 409);
    const chunked = await openPatch(url, 4, null);
    await chunked.send('more');
    chunked.end();
    expectRefused(await chunked.answer, 413);
    expect(await patch(url, 4, '')).toMatchObject({ status: 204, offset: 4 });
    expect(await waybill.held(url)).toMatchObject({ state: 'PROCESSING', bytes: bytes.subarray(0, 4) });
    await expectServing(waybill.url);
  });
});

describe('a file', () => {
  it('that is deleted while it uploads takes no more', async () => {
    const url = await newUpload();
    const open = await openPatch(url, 0, SIZE);
    await open.send(bytes.subarray(0, 100_000));
    await deleteFile(waybill.url, fileIdOf(url));
    await open.send(bytes.subarray(100_000));
    expectRefused(await open.answer, 404);
    expect(await tus('HEAD', url)).toMatchObject({ status: 404 });
    await until(
      () => waybill.database.query('select id from segment where file_id is null'),
      (rows) => rows.length === 0,
    );
    await expectServing(waybill.url);
  });

  it('that is failed while it uploads keeps what was acknowledged, and goes on after RETRY', async () => {
    const url = await newUpload();
    await patch(url, 0, bytes.subarray(0, 1_000));
    const open = await openPatch(url, 1_000, SIZE - 1_000);
    await open.send(bytes.subarray(1_000, 100_000));
    expect(await transition(waybill.url, fileIdOf(url), 'FAIL_UPLOAD')).toMatchObject({ transition: { to: 'FAILED' } });
    await open.send(bytes.subarray(100_000));
    expectRefused(await open.answer, 403);
    const held = await waybill.held(url);
    expect(held).toMatchObject({ state: 'FAILED', bytes: bytes.subarray(0, held.bytes.length) });
    await transition(waybill.url, fileIdOf(url), 'RETRY');
    await expectHeld(url, held.bytes.length);
  });

  it('that fails at any moment of a request refuses it then, and the next one at once', async () => {
    for (let round = 0; round < 50; round += 1) {
      const url = await newUpload();
      await patch(url, 0, bytes.subarray(0, 1_000));
      const open = await openPatch(url, 1_000, SIZE - 1_000);
      await open.send(bytes.subarray(1_000, 100_000));
      await sleep(round % 20);
      await transition(waybill.url, fileIdOf(url), 'FAIL_UPLOAD');
      await open.send(bytes.subarray(100_000));
      expectRefused(await open.answer, 403);
      expectRefused(await patch(url, 1_000, 'more'), 403);
    }
  });

  it('that uploads cannot be reset', async () => {
    const url = await newUpload();
    const open = await openPatch(url, 0, SIZE);
    await open.send(bytes.subarray(0, 100_000));
    await until(
      () => waybill.held(url),
      ({ state }) => state === 'UPLOADING',
    );
    expect(await transition(waybill.url, fileIdOf(url), 'RESET')).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
    await open.send(bytes.subarray(100_000));
    expect(await open.answer).toMatchObject({ status: 204, offset: SIZE });
    expect(await waybill.held(url)).toMatchObject({ state: 'PROCESSING' });
  });
});

describe('a line that breaks', () => {
  it('in mid-chunk leaves all that is durable, however often', async () => {
    const random = createRandom(7);
    const size = 8 * MIB;
    const content = randomBytes(random, size);
    const url = await newUpload(size);
    let offset = 0;
    let sent = 0;
    for (let round = 0; round < 8; round += 1) {
      const count = 1 + random.below(MIB - 1);
      await cutPatch(url, offset, content.subarray(offset), count);
      const { offset: next } = await tus('HEAD', url);
      expect(next).toBeGreaterThanOrEqual(offset);
      // A request that was still on its way at the HEAD may have arrived since.
      sent = Math.max(sent, offset + count);
      expect(next).toBeLessThanOrEqual(sent);
      offset = next;
      const { bytes: held } = await waybill.held(url);
      expect(held.length).toBeGreaterThanOrEqual(offset);
      expect(held.equals(content.subarray(0, held.length))).toBe(true);
    }
    expect(offset).toBeGreaterThan(64 * KIB);
    ({ offset } = await tus('HEAD', url));
    expect(await patch(url, offset, content.subarray(offset))).toMatchObject({ status: 204, offset: size });
    expect((await waybill.held(url)).bytes.equals(content)).toBe(true);
  });
});

describe('what is no upload', () => {
  it('is 404, by every method', async () => {
    const url = await newUpload(4);
    const external = await newFile(waybill.url, { size: 4 });
    const foreign = await newUpload(4);
    await waybill.database.query('update file set tenant = $1 where id = $2', ['other', foreign.slice(-36)]);
    const ids = [
      external,
      fileIdOf(foreign),
      fileIdOf(url).replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      fileIdOf(url).toUpperCase(),
      fileIdOf(url).replace('file_', 'transition_'),
      fileIdOf(url).slice(5),
      `${fileIdOf(url)}x`,
      `${fileIdOf(url)}%00`,
      `${fileIdOf(url)}%0d%0a`,
      '..%2f..%2fetc%2fpasswd',
      '..%5c..',
      '%00',
      '%ff',
      '%',
      'uploads',
      'x'.repeat(8_000),
      '__proto__',
    ];
    for (const id of ids) {
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const target = `${waybill.url}/uploads/${id}`;
        const answer = method === 'PATCH' ? await patch(target, 0, 'abcd') : await tus(method, target);
        expectRefused(answer, 404);
        expect(answer.headers['tus-resumable']).toBe('1.0.0');
      }
    }
    for (const path of ['/uploads/..', '/uploads/../../etc/passwd', '/uploads//', '/uploads/', '/uploads/a/b']) {
      const head = `HEAD ${path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nConnection: close\r\n\r\n`;
      expect(await exchange(waybill.url, head), path).toMatch(/^HTTP\/1.1 404 /);
    }
    for (const id of [external, fileIdOf(foreign), ids[2] ?? '', 'x', '../x', '\0']) {
      await expect(createUpload(waybill.url, 4, { fileId: id })).rejects.toThrow('404');
    }
    const [row] = await waybill.database.query('select bytes_received, state, tenant from file where id = $1', [
      foreign.slice(-36),
    ]);
    expect(row).toMatchObject({ bytes_received: '0', state: 'UNTRACKED', tenant: 'other' });
    await expectServing(waybill.url);
  });
});
