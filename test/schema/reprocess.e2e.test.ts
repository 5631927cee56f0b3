// reprocessFiles: which files are processed again, and that calls come to an end.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newFile, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { call, claim, readProcessed, upload } from '../support/worker-api.ts';

let waybill: Instance;
let url: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
afterAll(() => waybill.stop());

interface Summary {
  readonly queued: number;
  readonly hasMore: boolean;
  readonly endCursor: string | null;
}

const reprocess = async (input: Record<string, unknown>): Promise<Summary> =>
  (await call(url, 'reprocessFiles', input)) as unknown as Summary;

/** Does all work that there is, with a processor of this version. @returns the files */
async function work(version: string | null): Promise<string[]> {
  const given = await claim(url, { limit: 100 });
  for (const { leaseToken, file } of given) {
    const properties = version === null ? {} : { text: { version } };
    const end = { id: file.id, event: 'COMPLETE_PROCESSING', leaseToken, properties };
    expect(await call(url, 'transitionFile', end)).toMatchObject({ file: { state: 'INDEXED' } });
  }
  return given.map(({ file }) => file.id).toSorted();
}

it('takes files of another version and those that the processor has not seen, until there are none', async () => {
  const none = await upload(url, 'none');
  await work(null);
  const old = [await upload(url, 'old'), await upload(url, 'older', 'b.csv', 'text/csv')];
  await work('1');
  const current = await upload(url, 'current');
  await work('2');
  const asked = { processor: 'text', versionNot: '2' };
  expect(await reprocess({ ...asked, filter: { contentTypes: ['text/csv'] } })).toMatchObject({ queued: 1 });
  expect(await readProcessed(url, old[1]!)).toMatchObject({ state: 'PROCESSING', properties: {} });
  expect(await reprocess({ processor: 'text' })).toMatchObject({ queued: 1, hasMore: false });
  expect(await readProcessed(url, none)).toMatchObject({ state: 'PROCESSING' });
  expect(await reprocess(asked)).toMatchObject({ queued: 1, hasMore: false });
  expect(await work('2')).toEqual([none, ...old].toSorted());
  expect(await reprocess(asked)).toMatchObject({ queued: 0, hasMore: false });
  expect(await readProcessed(url, current)).toMatchObject({ state: 'INDEXED', properties: { text: { version: '2' } } });
});

it('goes through all files once, however many a call takes, though the processor leaves nothing behind', async () => {
  const files = [];
  for (let at = 0; at < 7; at += 1) files.push(await upload(url, String(at), 'many.txt'));
  await work(null);
  const queued: number[] = [];
  let after: string | null = null;
  for (let calls = 0; calls < 10; calls += 1) {
    const filter = { nameContains: 'many' };
    const summary = await reprocess({ processor: 'text', versionNot: '3', filter, first: 3, after });
    queued.push(summary.queued);
    await work(null);
    after = summary.endCursor;
    if (!summary.hasMore) break;
  }
  expect(queued).toEqual([3, 3, 1]);
});

it('takes the files that are named, once each, and leaves out what cannot be processed again', async () => {
  const file = await upload(url, 'named');
  await work('1');
  const external = await newFile(url);
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING'])
    await transition(url, external, event);
  const waiting = await newFile(url);
  const ids = [file, file, external, waiting, 'file_018f0000-0000-7000-8000-000000000000'];
  expect(await reprocess({ ids })).toMatchObject({ queued: 1, hasMore: false, endCursor: null });
  expect(await reprocess({ ids })).toMatchObject({ queued: 0 });
  expect(await work('1')).toEqual([file]);
});

it('finds nothing among files that are not INDEXED, and refuses a cursor that is none', async () => {
  expect(await reprocess({ filter: { states: ['FAILED', 'PROCESSING'] } })).toMatchObject({
    queued: 0,
    hasMore: false,
  });
  await expect(reprocess({ after: 'x' })).rejects.toThrow('BAD_USER_INPUT');
});
