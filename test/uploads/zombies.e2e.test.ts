// A replica is stopped in the middle of a PATCH until another takes over its lease, and then continues: it stores no offset
// and mixes in no byte.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '../support/bytes.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { readHistory } from '../support/operations.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { createRandom } from '../support/random.ts';
import { type TusAnswer, createUpload, fileIdOf, openPatch, patch } from '../support/tus.ts';
import { until } from '../support/until.ts';
import { type StorageDirectory, createStorage, readHeld } from '../support/upload-server.ts';

const SIZE = 400_000;
/** The lease is another's, or the offset. 503: it was stopped while it waited for PostgreSQL, and gave up when it went on. */
const REFUSED = [423, 409, 503];

let storage: StorageDirectory;
let database: TestDatabase;
let other: WaybillProcess;
beforeAll(async () => {
  [storage, database] = await Promise.all([createStorage(), createDatabase()]);
  other = await start();
});
afterAll(async () => {
  await other.end('SIGTERM');
  await database.drop();
  await storage.remove();
});

const start = (): Promise<WaybillProcess> =>
  startProcess({ DATABASE_URL: database.url, WAYBILL_DATA_DIR: storage.path, WAYBILL_STORAGE_URL: storage.url });
const held = (url: string) => readHeld(database, storage.store, url);
const elsewhere = (url: string): string => url.replace(/^http:\/\/[^/]+/, other.url);

const epochOf = async (url: string): Promise<number> => {
  const rows = await database.query<{ epoch: number }>('select epoch from upload where file_id = $1', [url.slice(-36)]);
  return rows[0]?.epoch ?? 0;
};

/** The zombie's bytes differ from its successor's at every offset. */
const contents = (seed: number): [zombie: Buffer, successor: Buffer] => {
  const successor = randomBytes(createRandom(seed), SIZE);
  return [successor.map((byte) => byte ^ 0xff) as Buffer, successor];
};

async function withZombie(work: (zombie: WaybillProcess) => Promise<void>): Promise<void> {
  const zombie = await start();
  try {
    await work(zombie);
  } finally {
    zombie.child.kill('SIGCONT');
    await zombie.end('SIGTERM');
  }
}

/** Retries until the lease of the stopped replica has run out. */
async function patchElsewhere(url: string, offset: number, bytes: Buffer): Promise<TusAnswer> {
  return await until(
    () => patch(elsewhere(url), offset, bytes),
    ({ status }) => status !== 423,
  );
}

describe('a replica that was stopped in a PATCH', () => {
  it('stores nothing once another has taken over and completed the upload', () =>
    withZombie(async (zombie) => {
      const [wrong, right] = contents(1);
      const url = await createUpload(zombie.url, SIZE);
      await patch(url, 0, right.subarray(0, 1_000));
      const open = await openPatch(url, 1_000, SIZE - 1_000);
      await open.send(wrong.subarray(1_000, 100_000));
      await until(
        () => epochOf(url),
        (epoch) => epoch === 2,
      );
      zombie.child.kill('SIGSTOP');
      await open.send(wrong.subarray(100_000, 150_000));
      const { bytes } = await held(url);
      const taken = await patchElsewhere(url, bytes.length, right.subarray(bytes.length, 200_000));
      expect(taken).toMatchObject({ status: 204, offset: 200_000 });
      zombie.child.kill('SIGCONT');
      await open.send(wrong.subarray(150_000)).catch(() => undefined);
      expect(REFUSED).toContain((await open.answer).status);
      expect((await held(url)).bytes.length).toBe(200_000);
      expect(await patch(elsewhere(url), 200_000, right.subarray(200_000))).toMatchObject({
        status: 204,
        offset: SIZE,
      });
      const { state, bytes: all } = await held(url);
      expect(state).toBe('PROCESSING');
      expect(all.subarray(bytes.length).equals(right.subarray(bytes.length))).toBe(true);
      const events = (await readHistory(other.url, fileIdOf(url)))?.map(({ event }) => event);
      expect(events).toEqual(['START_UPLOAD', 'COMPLETE_UPLOAD']);
    }));

  it('before its first byte begins nothing beside its successor', () =>
    withZombie(async (zombie) => {
      const [wrong, right] = contents(2);
      const url = await createUpload(zombie.url, SIZE);
      const open = await openPatch(url, 0, SIZE);
      await until(
        () => epochOf(url),
        (epoch) => epoch === 1,
      );
      zombie.child.kill('SIGSTOP');
      await open.send(wrong.subarray(0, 50_000));
      const taking = await until(
        async () => {
          const attempt = await openPatch(elsewhere(url), 0, SIZE);
          const refused = await Promise.race([
            attempt.answer.then(({ status }) => status === 423),
            until(
              () => epochOf(url),
              (epoch) => epoch === 2,
            ).then(() => false),
          ]);
          return refused ? null : attempt;
        },
        (attempt) => attempt !== null,
      );
      // Taken, but not acknowledged yet.
      await taking?.send(right.subarray(0, 50_000));
      await until(
        () => database.query('select id from segment where file_id = $1', [url.slice(-36)]),
        (rows) => rows.length === 1,
      );
      zombie.child.kill('SIGCONT');
      await open.send(wrong.subarray(50_000)).catch(() => undefined);
      expect(REFUSED).toContain((await open.answer).status);
      await taking?.send(right.subarray(50_000));
      expect(await taking?.answer).toMatchObject({ status: 204, offset: SIZE });
      expect((await held(url)).bytes.equals(right)).toBe(true);
    }));
});
