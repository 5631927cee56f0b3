// The byte store in local files: the conformance suite and its own cases.
import { mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type ByteStore, BytesLost } from '../../../src/uploads/store/byte-store.ts';
import { openFileStore } from '../../../src/uploads/store/file/file-store.ts';
import { KIB, MIB, fingerprint, fingerprintOf, randomBytes, writeInPieces } from '../../support/bytes.ts';
import { createRandom } from '../../support/random.ts';
import { testByteStore } from './byte-store-suite.ts';

const random = createRandom(2);
const root = await mkdtemp(join(tmpdir(), 'waybill-files-'));

afterAll(() => rm(root, { recursive: true }));

async function listSegments(dir: string): Promise<string[]> {
  const shards = await readdir(dir);
  return (await Promise.all(shards.map((shard) => readdir(join(dir, shard))))).flat();
}

testByteStore(async () => {
  const dir = await mkdtemp(join(root, 'place-'));
  return { open: () => openFileStore(dir), listLeftovers: () => listSegments(dir) };
});

describe('the byte store in files', () => {
  let dir: string;
  let store: ByteStore;
  let name: string;

  beforeEach(async () => {
    dir = join(await mkdtemp(join(root, 'place-')), 'made', 'of', 'need');
    store = await openFileStore(dir);
    name = uuidv7();
  });

  const pathOf = (segment: string): string => join(dir, segment.slice(-2), segment);

  async function read(segment: string, end: number): Promise<{ length: number; digest: string }> {
    return fingerprintOf(await store.readSegment(segment, 0, end));
  }

  test('keeps a segment under the last two digits of its name, for nobody else to read', async () => {
    const writer = await store.openSegment(name, 0);
    await writer.write(Buffer.from('bytes'));
    await writer.seal();
    expect(await readFile(pathOf(name), 'utf8')).toBe('bytes');
    expect((await stat(pathOf(name))).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  test('sync tells what is in the file by then, also beside a write', async () => {
    const bytes = randomBytes(random, 3 * MIB);
    const writer = await store.openSegment(name, 0);
    await writer.write(bytes.subarray(0, 10));
    expect(await writer.sync()).toBe(10);
    expect((await stat(pathOf(name))).size).toBe(10);
    const writing = writeInPieces(writer, bytes.subarray(10), random);
    for (let durable = 0; durable < bytes.length;) {
      durable = await writer.sync();
      expect((await readFile(pathOf(name))).subarray(0, durable).equals(bytes.subarray(0, durable))).toBe(true);
    }
    await writing;
    expect(await writer.seal()).toBe(bytes.length);
  });

  test('a segment is written on by ten writers, one after another', async () => {
    const bytes = randomBytes(random, 5 * MIB);
    for (let at = 0; at < bytes.length;) {
      const writer = await store.openSegment(name, at);
      await writeInPieces(writer, bytes.subarray(at, at + MIB / 2), random);
      at = await writer.seal();
    }
    expect(await read(name, bytes.length)).toEqual(fingerprint(bytes));
  });

  test('drops what is there beyond the place where a writer goes on', async () => {
    const bytes = randomBytes(random, 200 * KIB);
    const first = await store.openSegment(name, 0);
    await writeInPieces(first, bytes, random);
    await first.seal();
    expect(await (await store.openSegment(name, 1000)).seal()).toBe(1000);
    expect((await stat(pathOf(name))).size).toBe(1000);
    expect(await read(name, 1000)).toEqual(fingerprint(bytes.subarray(0, 1000)));
  });

  test('does not go on behind bytes that it has not', async () => {
    await expect(store.openSegment(name, 1), 'no file').rejects.toBeInstanceOf(BytesLost);
    await writeFile(pathOf(name), 'short');
    await expect(store.openSegment(name, 6)).rejects.toBeInstanceOf(BytesLost);
    expect(await readFile(pathOf(name), 'utf8'), 'and touches nothing').toBe('short');
  });

  test('says BytesLost when the file is cut while it is read', async () => {
    const writer = await store.openSegment(name, 0);
    await writeInPieces(writer, randomBytes(random, 4 * MIB), random);
    await writer.seal();
    const stream = await store.readSegment(name, 0, 4 * MIB);
    await truncate(pathOf(name), MIB);
    await expect(fingerprintOf(stream)).rejects.toBeInstanceOf(BytesLost);
  });

  test('a writer that has lost its lease changes no acknowledged byte, of its own segment or of its successor', async () => {
    const bytes = randomBytes(random, 2 * MIB);
    const zombie = await store.openSegment(name, 0);
    await writeInPieces(zombie, bytes.subarray(0, MIB), random);
    const acknowledged = await zombie.sync();
    const successor = uuidv7();
    const writer = await store.openSegment(successor, 0);
    const writings = [
      writeInPieces(writer, bytes.subarray(MIB), random),
      writeInPieces(zombie, randomBytes(random, MIB), random),
    ];
    // Even a place that is cut from under it does not make it write elsewhere.
    await (await store.openSegment(name, acknowledged)).abandon();
    await Promise.all(writings);
    await zombie.seal();
    expect(await writer.seal()).toBe(MIB);
    expect(await read(name, acknowledged)).toEqual(fingerprint(bytes.subarray(0, MIB)));
    expect(await read(successor, MIB)).toEqual(fingerprint(bytes.subarray(MIB)));
  });

  test('a writer whose segment is removed brings nothing back', async () => {
    const writer = await store.openSegment(name, 0);
    await writer.write(randomBytes(random, MIB));
    await store.removeSegment(name);
    await writer.write(randomBytes(random, MIB));
    await writer.seal();
    expect(await listSegments(dir)).toEqual([]);
  });
});
