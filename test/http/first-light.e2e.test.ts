// The whole way once: a file goes through its life over HTTP, and a subscriber sees every step.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, newFile, subscribe, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

it('a file goes through its life, and every step arrives in a subscription', async () => {
  const client = connect(waybill.url);
  const id = await newFile(waybill.url);
  const watching = subscribe<{ file: { state: string; version: number } }>(
    client,
    'subscription S($id: ID!) { file(id: $id) { state version } }',
    { id },
  );
  const seen = [(await watching.next()).value];
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING']) {
    expect(await transition(waybill.url, id, event)).toMatchObject({ __typename: 'TransitionFileSuccess' });
    seen.push((await watching.next()).value);
  }
  await watching.return();
  await client.dispose();
  expect(seen.map((each) => each?.file)).toEqual([
    { state: 'UNTRACKED', version: 0 },
    { state: 'UPLOADING', version: 1 },
    { state: 'PROCESSING', version: 2 },
    { state: 'INDEXED', version: 3 },
  ]);
});
