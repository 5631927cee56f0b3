// What a batch writes to segments: bytes are counted for the file that they belong to, and for no other.
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReceiveCommand } from '../../src/lifecycle/commands.ts';
import { type Bench, bring, startLifecycle } from '../support/lifecycle.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startLifecycle();
});
afterAll(() => bench.stop());

/** A MANAGED file of 10 bytes with a lease and a segment without bytes. */
async function startUpload(): Promise<{ fileId: string; segment: string }> {
  const fileId = await bring(bench.lifecycle, [], { transfer: 'MANAGED', size: 10 });
  const segment = uuidv7();
  await bench.database.query('insert into upload (file_id, epoch) values ($1, 1)', [fileId]);
  await bench.database.query('insert into segment (id, file_id, start, length, open) values ($1, $2, 0, 0, true)', [
    segment,
    fileId,
  ]);
  return { fileId, segment };
}

const receipt = (fileId: string, segments: ReceiveCommand['segments']): ReceiveCommand => ({
  kind: 'receive',
  tenant: 'local',
  actor: 'test',
  attemptId: uuidv7(),
  fileId,
  epoch: 1,
  offset: 5,
  segments,
  sha256: null,
  lost: false,
});

const lengthOf = async (segment: string): Promise<number | undefined> => {
  const [row] = await bench.database.query<{ length: string }>('select length from segment where id = $1', [segment]);
  return row && Number(row.length);
};

it('a segment grows by its own file only', async () => {
  const [mine, other] = [await startUpload(), await startUpload()];
  await bench.lifecycle.executeOne(
    receipt(mine.fileId, [
      { id: mine.segment, length: 5 },
      { id: other.segment, length: 5 },
    ]),
  );
  expect(await lengthOf(mine.segment)).toBe(5);
  expect(await lengthOf(other.segment)).toBe(0);
});

it('a segment that was discarded meanwhile does not grow', async () => {
  const { fileId, segment } = await startUpload();
  await bench.database.query('update segment set file_id = null where id = $1', [segment]);
  await bench.lifecycle.executeOne(receipt(fileId, [{ id: segment, length: 5 }]));
  expect(await lengthOf(segment)).toBe(0);
});

it('a receipt of an earlier epoch grows nothing', async () => {
  const { fileId, segment } = await startUpload();
  await bench.database.query('update upload set epoch = 2 where file_id = $1', [fileId]);
  const answer = await bench.lifecycle.executeOne(receipt(fileId, [{ id: segment, length: 5 }]));
  expect(answer).toMatchObject({ outcome: 'lease_lost' });
  expect(await lengthOf(segment)).toBe(0);
});
