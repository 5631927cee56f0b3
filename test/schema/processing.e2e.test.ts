// The API of workers outside of the service, as they use it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** Uploads a file and claims it. */
async function claimed(text = 'hello', seconds = 60): Promise<{ id: string; leaseToken: string }> {
  const id = await upload(url, text);
  const [first] = await claim(url, { limit: 100, leaseSeconds: seconds });
  expect(first?.file).toMatchObject({ id, state: 'PROCESSING' });
  return { id, leaseToken: first!.leaseToken };
}

describe('a worker', () => {
  it('claims a file, reads its bytes, reports progress, and ends its processing with what it found', async () => {
    const id = await upload(url, 'the quick brown fox');
    const [given] = await claim(url, { worker: 'reader' });
    const { leaseToken, file } = given!;
    expect(given).toMatchObject({ attempt: 1, file: { id } });
    expect(await (await fetch(file.contentUrl!)).text()).toBe('the quick brown fox');
    const sign = { id, leaseToken, progress: 0.5, message: 'counting', properties: { words: { version: '1' } } };
    expect(await call(url, 'extendLease', sign)).toMatchObject({ cancelRequested: false });
    expect(await readProcessed(url, id)).toMatchObject({
      processing: { worker: 'reader', attempt: 1, progress: 0.5, message: 'counting' },
    });
    const properties = { words: { version: '1', count: 4 } };
    const end = { id, event: 'COMPLETE_PROCESSING', leaseToken, properties };
    expect(await call(url, 'transitionFile', end)).toMatchObject({ file: { state: 'INDEXED', properties } });
  });

  it('ends it with a mutation named after the event too, and with a failure', async () => {
    const { id, leaseToken } = await claimed();
    const failure = { code: 'NOT_A_PICTURE', message: 'The first bytes are text.', retryable: false };
    const input = { id, event: 'FAIL_PROCESSING', leaseToken, failure };
    expect(await call(url, 'transitionFile', input)).toMatchObject({
      file: { state: 'FAILED', failure: { code: 'NOT_A_PICTURE' }, processing: null },
    });
  });

  it('gets only the media types that it asks for', async () => {
    const text = await upload(url, 'text');
    const image = await upload(url, 'image', 'a.png', 'image/png; q=1');
    const [given, ...others] = await claim(url, { contentTypes: ['image/*'] });
    expect([given?.file.id, others.length]).toEqual([image, 0]);
    const [other] = await claim(url, { contentTypes: ['video/mp4', 'text/plain'] });
    expect(other?.file.id).toBe(text);
  });

  it('gives a file back, at once or for later', async () => {
    const { id, leaseToken } = await claimed();
    expect(await call(url, 'releaseLease', { id, leaseToken })).toEqual({ __typename: 'ReleaseLeaseSuccess', id });
    const [again] = await claim(url);
    expect(again).toMatchObject({ attempt: 2, file: { id } });
    await call(url, 'releaseLease', { id, leaseToken: again!.leaseToken, afterSeconds: 3_600 });
    expect(await claim(url)).toEqual([]);
  });

  it('that waits gets a file as soon as there is one', async () => {
    const waiting = claim(url, { waitSeconds: 60 });
    const id = await newFile(url);
    for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD']) await transition(url, id, event);
    expect((await waiting).map(({ file }) => file.id)).toEqual([id]);
  });
});

describe('cancelProcessing', () => {
  it('fails a file that nobody has', async () => {
    const id = await upload(url, 'x');
    expect(await call(url, 'cancelProcessing', { id })).toMatchObject({
      __typename: 'CancelProcessingSuccess',
      file: { state: 'FAILED', failure: { code: 'CANCELED' } },
    });
    expect(await call(url, 'cancelProcessing', { id })).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
  });

  it('is told to the worker with its next sign of life', async () => {
    const { id, leaseToken } = await claimed();
    expect(await call(url, 'cancelProcessing', { id })).toMatchObject({
      file: { state: 'PROCESSING', processing: { cancelRequested: true } },
    });
    expect(await call(url, 'extendLease', { id, leaseToken })).toMatchObject({ cancelRequested: true });
    await call(url, 'releaseLease', { id, leaseToken });
    expect(await readProcessed(url, id)).toMatchObject({ state: 'FAILED', failure: { code: 'CANCELED' } });
  });
});
