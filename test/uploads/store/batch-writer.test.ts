// Batches of chunks: whatever a disk does with one, no byte is shifted or lost.
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BatchWriter } from '../../../src/uploads/store/batch-writer.ts';
import { KIB, MIB, fingerprint, randomBytes } from '../../support/bytes.ts';
import { createRandom } from '../../support/random.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);

describe(`a writer in batches (WAYBILL_TEST_SEED=${SEED})`, () => {
  const random = createRandom(SEED);
  let dir: string;
  let path: string;
  let handle: FileHandle;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waybill-batches-'));
    path = join(dir, 'file');
    handle = await open(path, 'w');
  });

  afterEach(async () => {
    await handle.close();
    await rm(dir, { recursive: true });
  });

  /** The file, but each call writes `most` bytes at most; counts concurrent calls. */
  function reluctant(
    most: (asked: number) => number | Promise<number>,
  ): Pick<FileHandle, 'writev'> & { atOnce: number } {
    let underWay = 0;
    const target = {
      atOnce: 0,
      writev: async (buffers: Buffer[], position?: number) => {
        target.atOnce = Math.max(target.atOnce, ++underWay);
        const all = Buffer.concat(buffers);
        const { bytesWritten } = await handle.write(all.subarray(0, await most(all.length)), 0, null, position);
        underWay -= 1;
        return { bytesWritten, buffers };
      },
    };
    return target as unknown as Pick<FileHandle, 'writev'> & { atOnce: number };
  }

  test('goes on where a disk took less than it was given, one batch at a time', async () => {
    const bytes = randomBytes(random, 2 * MIB);
    const target = reluctant(() => 1 + random.below(100 * KIB));
    const writer = new BatchWriter(target, 0);
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + random.below(64 * KIB);
      await writer.write(bytes.subarray(at, end));
      at = end;
    }
    await writer.flush();
    expect(writer.written).toBe(bytes.length);
    expect(fingerprint(await readFile(path))).toEqual(fingerprint(bytes));
    expect(target.atOnce).toBe(1);
  });

  test('writes nothing more after an error, and knows how far it came', async () => {
    const bytes = randomBytes(random, 2 * MIB);
    const gathered = Promise.withResolvers<void>();
    let room = 700_000;
    const target = reluctant(async (asked) => {
      const taken = Math.min(room, asked, 300_000);
      room -= taken;
      if (taken > 0) return taken;
      await gathered.promise;
      room = MIB;
      throw Object.assign(new Error('I/O error'), { errno: -5 });
    });
    const writer = new BatchWriter(target, 0);
    // Two batches, and something for a third, which must not land where the second one stopped.
    for (let at = 0; at < 18 * 64 * KIB; at += 64 * KIB) await writer.write(bytes.subarray(at, at + 64 * KIB));
    gathered.resolve();
    await expect(writer.flush()).rejects.toThrow('I/O error');
    await expect(writer.write(bytes)).rejects.toThrow('I/O error');
    await expect(writer.flush()).rejects.toThrow('I/O error');
    expect(writer.written).toBe(700_000);
    expect(fingerprint(await readFile(path))).toEqual(fingerprint(bytes.subarray(0, 700_000)));
  });

  test('frees the memory of what it has written, unless others share it', async () => {
    const writer = new BatchWriter(handle, 0);
    const own = new Uint8Array(100);
    const shared = new Uint8Array(300);
    await writer.write(own);
    await writer.write(shared.subarray(100, 200));
    expect(own.buffer.detached).toBe(false);
    await writer.flush();
    expect([own.buffer.detached, shared.buffer.detached]).toEqual([true, false]);
    expect(await readFile(path)).toHaveLength(200);
  });

  test('stops without writing what it has gathered', async () => {
    const writer = new BatchWriter(handle, 0);
    await writer.write(randomBytes(random, 100));
    await writer.stop();
    expect(writer.written).toBe(0);
    expect(await readFile(path)).toHaveLength(0);
  });
});
