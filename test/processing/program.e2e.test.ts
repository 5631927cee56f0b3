// Processing in the whole program: from the last byte of an upload to INDEXED, in one process and in several.
import { afterEach, expect, it } from 'vitest';
import { MALWARE, startClamd } from '../support/clamd-server.ts';
import { createDatabase } from '../support/database.ts';
import { type Instance, type InstanceOptions, startInstance } from '../support/instance.ts';
import { readHistory } from '../support/operations.ts';
import { transition } from '../support/client.ts';
import { until } from '../support/until.ts';
import { readProcessed, untilState, uploadText } from '../support/upload-text.ts';
import { NOTHING, failed, runnerOf } from '../support/worker.ts';

const BUILTIN = { WAYBILL_PROCESSING: 'builtin' };

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function start(options: InstanceOptions): Promise<Instance> {
  const instance = await startInstance({ ...options, env: { ...BUILTIN, ...options.env } });
  opened.push(() => instance.stop());
  return instance;
}

it('an uploaded file is INDEXED by itself, with what the processors found', async () => {
  const { url, log } = await start({});
  const id = await uploadText(url, 'The quick brown fox.\n');
  const file = await untilState(url, id, 'INDEXED');
  expect(file.properties).toMatchObject({ 'media-type': { detected: 'text/plain' }, text: {} });
  const history = await readHistory(url, id);
  expect(history?.map(({ event, actor }) => [event, actor]).at(-1)).toEqual([
    'COMPLETE_PROCESSING',
    'system:processing',
  ]);
  expect(log.some(({ msg }) => msg === 'processors loaded')).toBe(true);
});

it('a worker of its own process takes what an API process receives, and serves health and metrics only', async () => {
  const database = await createDatabase();
  opened.push(() => database.drop());
  const api = await start({ role: 'api', database });
  const worker = await start({ role: 'worker', database, runner: runnerOf(() => Promise.resolve(NOTHING)) });
  const id = await uploadText(api.url, 'x');
  await untilState(api.url, id, 'INDEXED');
  const statusOf = async (path: string): Promise<number> => (await fetch(worker.url + path)).status;
  expect(await Promise.all(['/healthz', '/readyz', '/metrics', '/graphql'].map(statusOf))).toEqual([
    200, 200, 200, 404,
  ]);
  const lines = [
    'waybill_processing_claims_total{queue="builtin"} 1',
    'waybill_processing_ended_total{code=""} 1',
    'waybill_processing_duration_seconds_count 1',
    'waybill_processing_files{queue="builtin",state="waiting"} 0',
    'waybill_processing_oldest_seconds{queue="builtin"} 0',
  ];
  await until(
    async () => (await fetch(`${worker.url}/metrics`)).text(),
    (metrics) => lines.every((line) => metrics.includes(line)),
  );
});

it('a failure that may pass is retried from the bytes held, after a pause, while attempts are left', async () => {
  let runs = 0;
  const runner = runnerOf(() => {
    runs += 1;
    return Promise.resolve(runs < 3 ? failed('SERVICE_AWAY', true) : NOTHING);
  });
  const env = { WAYBILL_AUTO_RETRY: 'on', WAYBILL_RETRY_BACKOFF: '20ms' };
  const { url } = await start({ runner, env });
  const id = await uploadText(url, 'x');
  await untilState(url, id, 'INDEXED');
  expect((await readHistory(url, id))?.map(({ event, actor }) => `${event} ${actor}`)).toEqual([
    'START_UPLOAD system:uploads',
    'COMPLETE_UPLOAD system:uploads',
    ...Array.from({ length: 2 }, () => [
      'FAIL_PROCESSING system:processing',
      'RETRY system:retries',
      'START_UPLOAD system:uploads',
      'COMPLETE_UPLOAD system:uploads',
    ]).flat(),
    'COMPLETE_PROCESSING system:processing',
  ]);
});

it('a failure that does not pass is not retried, nor one without attempts left', async () => {
  const runner = runnerOf(({ file }) => Promise.resolve(failed('BROKEN', file.size > 1)));
  const env = { WAYBILL_AUTO_RETRY: 'on', WAYBILL_RETRY_BACKOFF: '1ms', WAYBILL_MAX_ATTEMPTS: '2' };
  const { url } = await start({ runner, env });
  const [final, passing] = [await uploadText(url, 'x'), await uploadText(url, 'xy')];
  const failures = async (id: string): Promise<number> =>
    (await readHistory(url, id))!.filter(({ event }) => event === 'FAIL_PROCESSING').length;
  await until(
    () => failures(passing),
    (count) => count === 2,
  );
  expect(await readProcessed(url, passing)).toMatchObject({ state: 'FAILED', attempts: 2 });
  const ofFinal = await until(
    () => failures(final),
    (count) => count > 0,
  );
  expect(ofFinal).toBe(1);
});

it('with WAYBILL_CLAMD nothing is read before it was found clean, and a client cannot say that it was', async () => {
  const clamd = await startClamd();
  opened.push(() => clamd.close());
  const held = Promise.withResolvers<void>();
  const runner = runnerOf(async () => {
    await held.promise;
    return NOTHING;
  });
  const { port } = clamd.address as { port: number };
  const { url } = await start({ runner, env: { WAYBILL_CLAMD: `127.0.0.1:${port}` } });
  const [clean, infected] = [await uploadText(url, 'harmless'), await uploadText(url, MALWARE)];
  expect(await untilState(url, infected, 'FAILED')).toMatchObject({ failure: { code: 'INFECTED' }, contentUrl: null });
  expect(await readProcessed(url, clean)).toMatchObject({ state: 'PROCESSING', contentUrl: null });
  const statusOf = async (id: string): Promise<number> => (await fetch(`${url}/files/${id}`)).status;
  expect([await statusOf(clean), await statusOf(infected)]).toEqual([404, 404]);
  await transition(url, infected, 'RETRY');
  expect(await transition(url, infected, 'COMPLETE_PROCESSING')).toMatchObject({ __typename: 'TransitionRejected' });
  held.resolve();
  expect((await untilState(url, clean, 'INDEXED')).contentUrl).not.toBeNull();
  expect([await statusOf(clean), await statusOf(infected)]).toEqual([200, 404]);
});
