// The main way through the contract: register, subscribe, upload, transition, list, subscribe again. For tests that change what lies below.
import { expect } from 'vitest';
import { collect, readCursor } from './changes.ts';
import { newFile, transition } from './client.ts';
import { listFiles, readHistory } from './operations.ts';
import { createUpload, fileIdOf, patch } from './tus.ts';
import { until } from './until.ts';

/** Goes it once, and throws where an answer or a change is wrong. */
export async function goMainWay(url: string): Promise<void> {
  const beginning = await readCursor(url);
  const collector = collect(url, beginning);
  const id = await newFile(url, { name: 'external.bin' });
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING']) {
    expect(await transition(url, id, event)).toMatchObject({ __typename: 'TransitionFileSuccess' });
  }
  const uploadUrl = await createUpload(url, 4);
  expect((await patch(uploadUrl, 0, 'abcd')).status).toBe(204);
  const uploaded = `file_${fileIdOf(uploadUrl)}`.replace('file_file_', 'file_');
  const versionsOf = (fileId: string): (number | null)[] =>
    collector.seen.filter((change) => change.fileId === fileId).map(({ version }) => version);
  await until(
    () => [versionsOf(id).length, versionsOf(uploaded).length],
    ([ofId = 0, ofUploaded = 0]) => ofId >= 4 && ofUploaded >= 3,
  );
  expect(versionsOf(id)).toEqual([0, 1, 2, 3]);
  expect(versionsOf(uploaded)).toEqual([0, 1, 2]);
  expect(await readHistory(url, id)).toHaveLength(3);
  expect((await listFiles(url, { states: ['INDEXED'] })).map((each) => each.id)).toContain(id);
  expect(collector.failure).toBeUndefined();
  await collector.stop();
  const late = collect(url, beginning);
  await until(
    () => late.seen.length,
    (length) => length >= collector.seen.length, // files go on being processed
  );
  await late.stop();
}
