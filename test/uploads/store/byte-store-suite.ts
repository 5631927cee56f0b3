// The conformance suite of byte stores. The test file of each store runs it and adds its own cases.
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ByteStore, BytesLost } from '../../../src/uploads/store/byte-store.ts';
import { KIB, MIB, fingerprint, fingerprintOf, randomBytes, writeInPieces } from '../../support/bytes.ts';
import { createRandom } from '../../support/random.ts';

export interface Place {
  /** Opens the place again, as another replica or a later start does. */
  open(): Promise<ByteStore>;
  /** Everything that takes up space. */
  listLeftovers(): Promise<string[]>;
}

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
// Parts of S3 have 8 MiB here and at least 5 anywhere; a batch of the file store has half a MiB.
const EDGES = [512 * KIB, 5 * MIB, 8 * MIB, 16 * MIB];
const SIZES = [1, ...EDGES.flatMap((edge) => [edge - 1, edge, edge + 1])];

const NOT_UUIDS = [
  ['nothing', ''],
  ['the parent directory', '..'],
  ['a path', '../../etc/passwd'],
  ['a UUID in capitals', '0192F0C1-7B2A-7C3D-8E4F-5A6B7C8D9E0F'],
  ['a UUID and a line feed', '0192f0c1-7b2a-7c3d-8e4f-5a6b7c8d9e0f\n'],
  ['a UUID and a NUL', '0192f0c1-7b2a-7c3d-8e4f-5a6b7c8d9e0f\0'],
  ['a UUID and a path', '0192f0c1-7b2a-7c3d-8e4f-5a6b7c8d9e0f/..'],
  ['a UUID in braces', '{0192f0c1-7b2a-7c3d-8e4f-5a6b7c8d9e0f}'],
] as const;

/** Registers the tests. `makePlace` makes an empty place and cleans it up itself. */
export function testByteStore(makePlace: () => Promise<Place>): void {
  describe(`as every byte store (WAYBILL_TEST_SEED=${SEED})`, () => {
    let place: Place;
    let store: ByteStore;
    const random = createRandom(SEED);

    beforeEach(async () => {
      place = await makePlace();
      store = await place.open();
    });

    afterEach(() => store.close());

    async function sealNew(bytes: Uint8Array, pieces?: readonly [number, number]): Promise<string> {
      const name = uuidv7();
      const writer = await store.openSegment(name, 0);
      await writeInPieces(writer, bytes, random, pieces);
      expect(await writer.seal()).toBe(bytes.byteLength);
      expect(writer.failure).toBeUndefined();
      return name;
    }

    async function read(name: string, start: number, end: number): Promise<{ length: number; digest: string }> {
      return fingerprintOf(await store.readSegment(name, start, end));
    }

    test('gives back the whole and any range', async () => {
      const bytes = randomBytes(random, 3 * MIB + 7);
      const { length } = bytes;
      const name = await sealNew(bytes);
      expect(await read(name, 0, length)).toEqual(fingerprint(bytes));
      const ranges = Array.from({ length: 20 }, () => [random.below(length), random.below(length + 1)] as const);
      for (const [a, b] of [...ranges, [0, 1] as const, [length - 1, length] as const, [5, 5] as const]) {
        const [start, end] = a < b ? [a, b] : [b, a];
        expect(await read(name, start, end), `${start} to ${end}`).toEqual(fingerprint(bytes.subarray(start, end)));
      }
    });

    test.each(SIZES)('takes a segment of %i bytes', async (size) => {
      const bytes = randomBytes(random, size);
      expect(await read(await sealNew(bytes), 0, size)).toEqual(fingerprint(bytes));
    });

    test('takes many small chunks, and one that is larger than everything it gathers', async () => {
      const bytes = randomBytes(random, 200_000);
      expect(await read(await sealNew(bytes, [1, 20]), 0, bytes.length)).toEqual(fingerprint(bytes));
      const large = randomBytes(random, 18 * MIB);
      expect(await read(await sealNew(large, [18 * MIB, 18 * MIB]), 0, large.length)).toEqual(fingerprint(large));
    });

    test('takes a chunk of no bytes for nothing', async () => {
      const writer = await store.openSegment(uuidv7(), 0);
      await writer.write(Buffer.alloc(0));
      await writer.write(Buffer.from('one'));
      await writer.write(Buffer.alloc(0));
      expect(await writer.seal()).toBe(3);
    });

    test('takes an empty segment', async () => {
      const name = await sealNew(Buffer.alloc(0));
      expect(await read(name, 0, 0)).toEqual(fingerprint(Buffer.alloc(0)));
      await store.removeSegment(name);
      expect(await place.listLeftovers()).toEqual([]);
    });

    test('writes several segments at once without mixing them', async () => {
      const all = Array.from({ length: 8 }, () => randomBytes(random, 2 * MIB + random.below(MIB)));
      const names = await Promise.all(all.map((bytes) => sealNew(bytes)));
      const found = await Promise.all(names.map((name, index) => read(name, 0, all[index]!.length)));
      expect(found).toEqual(all.map(fingerprint));
    });

    test('holds only the new bytes of a segment that is begun again', async () => {
      const name = await sealNew(randomBytes(random, 300 * KIB));
      const bytes = randomBytes(random, 100 * KIB);
      const writer = await store.openSegment(name, 0);
      await writeInPieces(writer, bytes, random);
      expect(await writer.seal()).toBe(bytes.length);
      expect(await read(name, 0, bytes.length)).toEqual(fingerprint(bytes));
      await expect(read(name, 0, bytes.length + 1)).rejects.toBeInstanceOf(BytesLost);
    });

    test('never acknowledges more than was written, whenever it is asked', async () => {
      const bytes = randomBytes(random, 4 * MIB);
      const name = uuidv7();
      const writer = await store.openSegment(name, 0);
      const writing = writeInPieces(writer, bytes, random);
      const acknowledged = [await writer.sync(), await writer.sync()];
      await writing;
      acknowledged.push(await writer.sync(), await writer.seal());
      expect(acknowledged).toEqual(acknowledged.toSorted((a, b) => a - b));
      expect(acknowledged.at(-1)).toBe(bytes.length);
      expect(await read(name, 0, bytes.length)).toEqual(fingerprint(bytes));
    });

    test('keeps nothing of an abandoned segment once it is removed', async () => {
      const name = uuidv7();
      const writer = await store.openSegment(name, 0);
      await writeInPieces(writer, randomBytes(random, 9 * MIB), random);
      await writer.abandon();
      await store.removeSegment(name);
      expect(await place.listLeftovers()).toEqual([]);
      await expect(read(name, 0, 1)).rejects.toBeInstanceOf(BytesLost);
    });

    test('another replica removes what a crash left unsealed', async () => {
      const name = uuidv7();
      const writer = await store.openSegment(name, 0);
      await writeInPieces(writer, randomBytes(random, 9 * MIB), random);
      const other = await place.open();
      await other.removeSegment(name);
      expect(await place.listLeftovers()).toEqual([]);
      await expect(other.readSegment(name, 0, 1)).rejects.toBeInstanceOf(BytesLost);
      await other.close();
      await writer.abandon();
    });

    test('removes again and again, and what never was', async () => {
      const name = await sealNew(randomBytes(random, 9 * MIB));
      await store.removeSegment(name);
      await store.removeSegment(name);
      await Promise.all([store.removeSegment(uuidv7()), store.removeSegment(name)]);
      expect(await place.listLeftovers()).toEqual([]);
    });

    test('says that bytes are lost, and does not end early', async () => {
      const bytes = randomBytes(random, 100 * KIB);
      const name = await sealNew(bytes);
      await expect(read(uuidv7(), 0, 1), 'no segment').rejects.toBeInstanceOf(BytesLost);
      await expect(read(name, 0, bytes.length + 1), 'ends early').rejects.toBeInstanceOf(BytesLost);
      await expect(read(name, bytes.length, bytes.length + 1), 'begins behind').rejects.toBeInstanceOf(BytesLost);
    });

    test('lets go of a reading that is broken off', async () => {
      const bytes = randomBytes(random, 2 * MIB);
      const name = await sealNew(bytes);
      for await (const chunk of await store.readSegment(name, 0, bytes.length)) {
        expect(bytes.subarray(0, (chunk as Buffer).length).equals(chunk as Buffer)).toBe(true);
        break;
      }
      await store.removeSegment(name);
      expect(await place.listLeftovers()).toEqual([]);
    });

    test.each(NOT_UUIDS)('refuses a name that is %s', async (_what, name) => {
      await expect(store.openSegment(name, 0)).rejects.toThrow(TypeError);
      await expect(store.readSegment(name, 0, 1)).rejects.toThrow(TypeError);
      await expect(store.removeSegment(name)).rejects.toThrow(TypeError);
      expect(await place.listLeftovers()).toEqual([]);
    });
  });
}
