// Progress reported at one replica is heard at the others: soon, and with few notifications whatever the number of
// uploads.
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROGRESS_CHANNEL } from '../../src/feed/channels.ts';
import { connect, newFile, subscribe, transition } from '../support/client.ts';
import { readMetric } from '../support/http.ts';
import { reportProgress } from '../support/operations.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { until } from '../support/until.ts';

let replicas: Replicas;
let here: string;
let elsewhere: string;
beforeAll(async () => {
  replicas = await startReplicas();
  [here, elsewhere] = replicas.urls;
});
afterAll(() => replicas.stop());

async function newUpload(url: string, size = 1_000_000): Promise<string> {
  const id = await newFile(url, { size });
  await transition(url, id, 'START_UPLOAD');
  return id;
}

interface Progress {
  readonly fileId: string;
  readonly state: string;
  readonly bytesReceived: number;
}

const UPLOAD = 'subscription P($id: ID!) { uploadProgress(id: $id) { fileId state bytesReceived } }';
const PROGRESSED = `subscription { fileChanges(filter: { kinds: [PROGRESSED] }) {
  kind ... on FileProgressed { progress { fileId state bytesReceived } }
} }`;

interface Data {
  readonly uploadProgress?: Progress;
  readonly fileChanges?: { readonly progress: Progress };
}

/** Collects until it is left. */
function listen(query: string, variables: Record<string, unknown>, toProgress: (data: Data) => Progress) {
  const client = connect(elsewhere);
  const heard: Progress[] = [];
  const listening = (async () => {
    for await (const data of subscribe<Data>(client, query, variables)) heard.push(toProgress(data));
  })().catch(() => undefined);
  const leave = async (): Promise<void> => {
    await client.dispose();
    await listening;
  };
  return { heard, leave };
}

const watchUpload = (id: string) => listen(UPLOAD, { id }, ({ uploadProgress }) => uploadProgress!);
const watchAll = () => listen(PROGRESSED, {}, ({ fileChanges }) => fileChanges!.progress);

const followers = (): Promise<number> => readMetric(elsewhere, 'waybill_feed_followers');

it('a report is heard by both kinds of subscribers of another replica, within half a second as a rule', async () => {
  const id = await newUpload(here);
  const upload = watchUpload(id);
  const all = watchAll();
  await until(followers, (count) => count === 2);
  await until(
    () => upload.heard.length,
    (count) => count > 0,
  );
  const delays: number[] = [];
  for (let bytes = 1_000; bytes <= 15_000; bytes += 1_000) {
    const reportedAt = performance.now();
    await reportProgress(here, id, bytes);
    const hasArrived = ({ heard }: { heard: Progress[] }): boolean => heard.at(-1)?.bytesReceived === bytes;
    await until(
      () => [upload, all].every(hasArrived),
      (arrived) => arrived,
    );
    delays.push(performance.now() - reportedAt);
  }
  const median = delays.toSorted((a, b) => a - b)[7]!;
  process.stdout.write(`progress at another replica: heard after ${Math.round(median)} ms (median)\n`);
  expect(median).toBeLessThan(500);

  await transition(here, id, 'FAIL_UPLOAD');
  await until(
    () => upload.heard.at(-1)?.state,
    (state) => state === 'FAILED',
  );
  for (const { heard } of [upload, all]) {
    const bytes = heard.filter(({ state }) => state === 'UPLOADING').map(({ bytesReceived }) => bytesReceived);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  }
  await upload.leave();
  await all.leave();
});

it('the last word of 500 uploads that report at once arrives, with at most ten small notifications a second', async () => {
  const ids = await Promise.all(Array.from({ length: 500 }, () => newUpload(here)));
  const all = watchAll();
  await until(followers, (count) => count === 1);
  const raw = new pg.Client({ connectionString: replicas.database.url });
  await raw.connect();
  const payloads: { readonly bytes: number; readonly from: string; readonly at: number }[] = [];
  raw.on('notification', ({ payload = '' }) => {
    payloads.push({ bytes: Buffer.byteLength(payload), from: payload.slice(0, 22), at: performance.now() });
  });
  await raw.query(`listen ${PROGRESS_CHANNEL}`);

  const begunAt = performance.now();
  const last = new Map<string, number>();
  let reports = 0;
  await Promise.all(
    ids.map(async (id) => {
      for (let bytes = 1; performance.now() - begunAt < 3_000; bytes += 1) {
        await reportProgress(here, id, bytes);
        last.set(id, bytes);
        reports += 1;
      }
    }),
  );
  const newest = (): Map<string, number> =>
    new Map(all.heard.map(({ fileId, bytesReceived }) => [fileId, bytesReceived]));
  await until(
    () => [...last].filter(([id, bytes]) => newest().get(id) !== bytes).length,
    (missing) => missing === 0,
  );
  const seconds = (payloads.at(-1)!.at - begunAt) / 1_000;
  await raw.end();
  await all.leave();
  process.stdout.write(
    `${reports} reports of 500 files: ${payloads.length} notifications in ${seconds.toFixed(1)} s\n`,
  );

  expect(new Set(payloads.map(({ from }) => from)).size, 'only the replica that was told speaks').toBe(1);
  expect(payloads.length).toBeLessThanOrEqual(10 * seconds + 1);
  expect(Math.max(...payloads.map(({ bytes }) => bytes))).toBeLessThan(8_000);
});

it('who comes later finds where an upload stands that is reported at another replica', async () => {
  const id = await newUpload(here);
  await reportProgress(here, id, 4_321);
  const upload = watchUpload(id);
  await until(
    () => upload.heard[0],
    (first) => first !== undefined,
  );
  expect(upload.heard[0]).toMatchObject({ fileId: id, state: 'UPLOADING', bytesReceived: 4_321 });
  await upload.leave();
});
