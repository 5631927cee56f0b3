// Query.operations: what an admin sees of the work of the own tenant, while that goes on.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instance } from '../support/instance.ts';
import { connectAs, requestAs, sign, startSignedIn } from '../support/sign-in.ts';
import { until } from '../support/until.ts';
import { ALLOW_LOOPBACK, type Receiver, answerStatus, startReceiver } from '../support/webhook-receiver.ts';

interface Shown {
  readonly readAt: string;
  readonly queues: readonly {
    readonly queue: string;
    readonly waiting: number;
    readonly oldestSeconds: number | null;
    readonly taken: number;
    readonly workers: number;
  }[];
  readonly subscriptions: number;
  readonly feedLagSeconds: number;
  readonly webhookLagSeconds: number | null;
}

const QUERY = `{ operations { readAt subscriptions feedLagSeconds webhookLagSeconds
  queues { queue waiting oldestSeconds taken workers } } }`;

let waybill: Instance;
let receiver: Receiver;
let red: string;
let blue: string;
beforeAll(async () => {
  [waybill, receiver, red, blue] = await Promise.all([
    startSignedIn({ env: ALLOW_LOOPBACK }),
    startReceiver(),
    sign({ tenant: 'red' }),
    sign({ tenant: 'blue' }),
  ]);
});
afterAll(async () => {
  await waybill.stop();
  await receiver.close();
});

const readAs = async (token: string): Promise<Shown> =>
  (await requestAs<{ operations: Shown }>(waybill.url, token, QUERY)).operations;

/** One that waits for a worker. */
async function queueFile(token: string): Promise<void> {
  const register =
    'mutation { registerFile(input: { name: "a", transfer: EXTERNAL }) { ... on RegisterFileSuccess { file { id } } } }';
  const { registerFile } = await requestAs<{ registerFile: { file: { id: string } } }>(waybill.url, token, register);
  const input = `(input: { id: "${registerFile.file.id}" }) { __typename }`;
  await requestAs(waybill.url, token, `mutation { startUpload${input} completeUpload${input} }`);
}

const NOTHING = { waiting: 0, oldestSeconds: null, taken: 0, workers: 0 };

it('counts what waits and what workers have, of the own tenant', async () => {
  for (let file = 0; file < 4; file += 1) await queueFile(red);
  for (const [worker, limit] of [
    ['one', 2],
    ['two', 1],
  ] as const) {
    const claim = `mutation { claimFiles(input: { worker: "${worker}", limit: ${limit} }) { leaseToken } }`;
    await requestAs(waybill.url, red, claim);
  }
  const { queues, readAt, feedLagSeconds } = await readAs(red);
  expect(queues).toEqual([
    { queue: 'BUILTIN', ...NOTHING },
    { queue: 'EXTERNAL', waiting: 1, oldestSeconds: expect.any(Number) as number, taken: 3, workers: 2 },
  ]);
  expect(queues[1]!.oldestSeconds).toBeGreaterThanOrEqual(0);
  expect(Date.parse(readAt)).not.toBeNaN();
  expect(feedLagSeconds).toBeGreaterThanOrEqual(0);
  expect((await readAs(blue)).queues).toEqual([
    { queue: 'BUILTIN', ...NOTHING },
    { queue: 'EXTERNAL', ...NOTHING },
  ]);
});

it('counts the subscriptions of the own tenant while they are open', async () => {
  const { client } = connectAs(waybill.url, { authorization: `Bearer ${red}` });
  const streams = [1, 2].map(() => client.iterate({ query: 'subscription { fileChanges { cursor } }' }));
  const listening = streams.map((stream) => stream.next());
  await until(
    () => readAs(red),
    ({ subscriptions }) => subscriptions === 2,
  );
  expect((await readAs(blue)).subscriptions).toBe(0);
  await client.dispose();
  await Promise.allSettled(listening);
  await until(
    () => readAs(red),
    ({ subscriptions }) => subscriptions === 0,
  );
});

it('says how far webhooks are behind: not at all, while a receiver fails, and not once they are paused', async () => {
  expect((await readAs(red)).webhookLagSeconds).toBeNull();
  const create = `mutation ($url: String!) { createWebhook(input: { url: $url }) { ... on CreateWebhookSuccess { webhook { id } } } }`;
  type Created = { createWebhook: { webhook: { id: string } } };
  const { createWebhook } = await requestAs<Created>(waybill.url, red, create, { url: receiver.url });
  const { id } = createWebhook.webhook;
  const untilLag = (accepts: (seconds: number | null) => boolean): Promise<Shown> =>
    until(
      () => readAs(red),
      ({ webhookLagSeconds }) => accepts(webhookLagSeconds),
    );
  await untilLag((seconds) => seconds === 0);

  receiver.answer = answerStatus(500);
  await queueFile(red);
  await untilLag((seconds) => seconds !== null && seconds > 0.2);
  expect((await readAs(blue)).webhookLagSeconds).toBeNull();

  const pause = `mutation { updateWebhook(input: { id: "${id}", state: PAUSED }) { __typename } }`;
  await requestAs(waybill.url, red, pause);
  expect((await readAs(red)).webhookLagSeconds).toBeNull();
});
