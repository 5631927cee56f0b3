// uploadProgress and the end of streams: snapshot first, the newest progress at most ten times a second, the end with the
// upload; and clients that go away leave nothing behind.
import { once } from 'node:events';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { followChanges, followChangesBySse } from '../../support/watched-changes.ts';
import { connect, newFile, request, send, transition } from '../../support/client.ts';
import { Collector, overSocket, overSse } from '../../support/collect.ts';
import { openSocket, readMetric } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { deleteFile, reportProgress } from '../../support/operations.ts';
import { until } from '../../support/until.ts';

let waybill: Instance;
let url: string;
let client: Client;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
  client = connect(url);
});
afterAll(async () => {
  await client.dispose();
  await waybill.stop();
});

interface Progress {
  readonly fileId: string;
  readonly state: string;
  readonly bytesReceived: number;
  readonly size: number | null;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
}

const QUERY = `subscription ($id: ID!) { uploadProgress(id: $id) {
  fileId state bytesReceived size bytesPerSecond etaSeconds
} }`;
type Data = { readonly uploadProgress: Progress };

const watch = (id: string): Collector<Data> => new Collector(overSocket<Data>(client, QUERY, { id }));
const received = ({ items }: Collector<Data>): [string, number][] =>
  items.map(({ uploadProgress: { state, bytesReceived } }) => [state, bytesReceived]);

async function uploading(size = 1_000_000): Promise<string> {
  const id = await newFile(url, { size });
  await transition(url, id, 'START_UPLOAD');
  return id;
}

/** Reports in a request: more than a slow machine sends requests, so that not all can be told of. */
const AT_ONCE = 10;

/** Reports so many steps of ten bytes, one after the other. */
async function reportSteps(id: string, after: number): Promise<void> {
  const fields = Array.from({ length: AT_ONCE }, (_, at) => {
    const input = `{ id: "${id}", bytesReceived: ${(after + at + 1) * 10} }`;
    return `r${at}: reportUploadProgress(input: ${input}) { __typename }`;
  });
  await request(url, `mutation { ${fields.join(' ')} }`);
}

const followers = (count: number): Promise<number> =>
  until(
    () => readMetric(url, 'waybill_feed_followers'),
    (now) => now === count,
  );

describe('uploadProgress', () => {
  it('begins with the current progress, and ends after INDEXED with the last state', async () => {
    const id = await uploading();
    await reportProgress(url, id, 1_234);
    const progress = watch(id);
    const [first] = await progress.take(1);
    expect(first?.uploadProgress).toMatchObject({ fileId: id, state: 'UPLOADING', bytesReceived: 1_234, size: 1e6 });
    await transition(url, id, 'COMPLETE_UPLOAD');
    await transition(url, id, 'COMPLETE_PROCESSING');
    await progress.ended;
    expect(received(progress).at(-1)).toEqual(['INDEXED', 1_000_000]);
  });

  it('ends after FAILED, and when the file is deleted', async () => {
    const [failing, going] = [await uploading(), await uploading()];
    const [failed, gone] = [watch(failing), watch(going)];
    await Promise.all([failed.take(1), gone.take(1)]);
    await transition(url, failing, 'FAIL_UPLOAD');
    await deleteFile(url, going);
    await Promise.all([failed.ended, gone.ended]);
    expect(received(failed).at(-1)).toEqual(['FAILED', 0]);
    expect(received(gone)).toEqual([['UPLOADING', 0]]);
  });

  it('of a file whose upload is over is one message', async () => {
    const id = await uploading();
    await transition(url, id, 'FAIL_UPLOAD');
    const progress = watch(id);
    await progress.ended;
    expect(received(progress)).toEqual([['FAILED', 0]]);
  });

  it('comes at most ten times a second, newest wins, with a rate and a remaining time', async () => {
    const id = await uploading();
    const progress = watch(id);
    await progress.take(1);
    const begun = performance.now();
    let reports = 0;
    for (; performance.now() - begun < 2_500; reports += AT_ONCE) await reportSteps(id, reports);
    const last = reports * 10;
    await until(
      () => progress.items.at(-1)?.uploadProgress.bytesReceived,
      (bytes) => bytes === last,
    );
    const seconds = (performance.now() - begun) / 1_000;
    // One more for the snapshot, and one for the beginning of the last tenth of a second.
    expect(progress.items.length, `${reports} reports in ${seconds} s`).toBeLessThanOrEqual(seconds * 10 + 2);
    expect(progress.items.length).toBeLessThan(reports);
    expect(progress.items.length).toBeGreaterThan(3);
    const bytes = progress.items.map(({ uploadProgress }) => uploadProgress.bytesReceived);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    const { bytesPerSecond, etaSeconds } = progress.items.at(-1)!.uploadProgress;
    expect(bytesPerSecond).toBeGreaterThan(0);
    expect(etaSeconds).toBeCloseTo((1_000_000 - last) / bytesPerSecond!, 3);
    await progress.stop();
  });

  it('starts over with the next attempt, on a stream that began before it', async () => {
    const id = await newFile(url, { size: 100 });
    const progress = new Collector(overSse<Data>(url, QUERY, { id }));
    await progress.take(1);
    await transition(url, id, 'START_UPLOAD');
    await reportProgress(url, id, 60);
    await until(
      () => progress.items.at(-1)?.uploadProgress.bytesReceived,
      (bytes) => bytes === 60,
    );
    expect(progress.items[0]?.uploadProgress).toMatchObject({ state: 'UNTRACKED', bytesPerSecond: null });
    await transition(url, id, 'FAIL_UPLOAD');
    await progress.ended;
    expect(received(progress).at(-1)).toEqual(['FAILED', 60]);
    await transition(url, id, 'RETRY');
    const again = watch(id);
    await again.take(1);
    expect(received(again)).toEqual([['UNTRACKED', 0]]);
    await again.stop();
  });

  it('of a file that does not exist is FILE_NOT_FOUND', async () => {
    const { ended } = watch('file_018f0000-0000-7000-8000-000000000000');
    await expect(ended).rejects.toThrow('FILE_NOT_FOUND');
  });
});

describe('no stream follows the feed', () => {
  const FILE = 'subscription ($id: ID!) { file(id: $id) { version } }';

  it('after streams were unsubscribed, over WebSocket and over SSE', async () => {
    await followers(0);
    const id = await uploading();
    const streams = [
      followChanges(client),
      followChanges(client, { filter: { kinds: ['PROGRESSED'] } }),
      followChangesBySse(url),
      watch(id),
      new Collector(overSse<Data>(url, QUERY, { id })),
      new Collector(overSocket(client, FILE, { id })),
      new Collector(overSse(url, FILE, { id })),
    ];
    await followers(streams.length);
    await Promise.all(streams.map((stream) => stream.stop()));
    await followers(0);
  });

  it('after streams ended by themselves, or failed to begin', async () => {
    const id = await uploading();
    const streams = [watch(id), new Collector(overSocket(client, FILE, { id })), followChanges(client, { after: 'x' })];
    await followers(2);
    await deleteFile(url, id);
    await Promise.all(streams.map(({ ended }) => ended.catch(() => undefined)));
    await followers(0);
  });

  it('after a client disconnected without closing', async () => {
    const address = `${url.replace('http', 'ws')}/graphql`;
    const gone = createClient({ url: address, webSocketImpl: WebSocket, retryAttempts: 0 });
    const streams = [followChanges(gone), followChanges(gone)];
    const body = JSON.stringify({ query: 'subscription { fileChanges { kind } }' });
    const sse = openSocket(url);
    sse.write(
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n',
    );
    sse.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    await followers(3);
    gone.terminate();
    sse.resetAndDestroy();
    await Promise.all([once(sse, 'close'), ...streams.map(({ ended }) => ended.catch(() => undefined))]);
    await followers(0);
    expect((await send(url, '{ __typename }')).status).toBe(200);
    await gone.dispose();
  });
});
