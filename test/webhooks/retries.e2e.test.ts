// What becomes of deliveries that fail: tried again, given up, or the webhook with them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newFile, request, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';
import {
  ALLOW_LOOPBACK,
  type Receiver,
  answerStatus,
  changesOf,
  createWebhook,
  readWebhook,
  startReceiver,
  webhookMutation,
} from '../support/webhook-receiver.ts';

let receiver: Receiver;
let waybill: Instance | undefined;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await waybill?.stop();
  waybill = undefined;
  await receiver.close();
});

async function start(env: Record<string, string> = {}): Promise<string> {
  waybill = await startInstance({ env: { ...ALLOW_LOOPBACK, ...env } });
  return waybill.url;
}

const arrived = (fileId: string, count: number): Promise<string[]> =>
  until(
    () => changesOf(receiver.received, fileId),
    (changes) => changes.length === count,
  );

describe('a file whose delivery fails', () => {
  it('holds up itself and no other file, and arrives in order under the same ids', async () => {
    const url = await start();
    const { id } = await createWebhook(url, receiver.url);
    const [stuck, other] = [await newFile(url), await newFile(url)];
    let isStuck = true;
    receiver.answer = (one, response) =>
      answerStatus(isStuck && one.body.data.fileId === stuck ? 500 : 204)(one, response, undefined as never);
    await until(
      () => readWebhook(url, id),
      ({ deliveries }) => deliveries.length > 0,
    );
    for (const event of ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY']) {
      await transition(url, stuck, event);
      await transition(url, other, event);
    }
    expect(await arrived(other, 4)).toEqual(['0', '1', '2', '3']);
    // It was sent nothing of the stuck file but the one that fails.
    const sent = new Set(changesOf(receiver.received, stuck));
    const webhook = await until(
      () => readWebhook(url, id),
      ({ deliveries }) => deliveries.some(({ state, attempts }) => state === 'PENDING' && attempts > 1),
    );
    const pending = webhook.deliveries.filter(({ state }) => state === 'PENDING');
    expect(pending.at(-1)).toMatchObject({ status: 500, error: 'status 500' });
    expect(pending.slice(0, -1).every(({ attempts }) => attempts === 0)).toBe(true);
    isStuck = false;
    expect(await arrived(stuck, 4)).toEqual(['0', '1', '2', '3']);
    expect(sent.size).toBeLessThanOrEqual(2);
  });

  it('is FAILED after a time and listed, later changes go on, and a replay sends all of it again', async () => {
    const url = await start({ WAYBILL_WEBHOOK_GIVE_UP: '1ms' });
    const { id, cursor } = await createWebhook(url, receiver.url);
    receiver.answer = answerStatus(500);
    const file = await newFile(url);
    await until(
      () => readWebhook(url, id),
      ({ deliveries }) => deliveries[0]?.state === 'FAILED',
    );
    receiver.answer = answerStatus(200);
    await transition(url, file, 'START_UPLOAD');
    const webhook = await until(
      () => readWebhook(url, id),
      ({ deliveries }) => deliveries[0]?.state === 'DELIVERED',
    );
    expect(webhook.deliveries.map(({ state }) => state)).toEqual(['DELIVERED', 'FAILED']);
    const before = receiver.received.map(({ id: one, text }) => ({ one, text }));
    // It stands before what has not arrived.
    expect(webhook.cursor).toBe(cursor);
    await webhookMutation(url, 'replayWebhook', { id, after: cursor });
    await until(
      () => receiver.received.length,
      (length) => length === before.length + 2,
    );
    expect(receiver.received.slice(-2).map(({ id: one, text }) => ({ one, text }))).toEqual([before[0], before.at(-1)]);
    await until(
      () => readWebhook(url, id),
      ({ deliveries }) => deliveries.length === 2 && deliveries.every(({ state }) => state === 'DELIVERED'),
    );
  });

  it('waits as long as Retry-After says', async () => {
    const url = await start();
    receiver.answer = answerStatus(503, { 'retry-after': '3600' });
    const { id } = await createWebhook(url, receiver.url);
    await newFile(url);
    await until(
      () => readWebhook(url, id),
      ({ deliveries }) => deliveries[0]?.state === 'PENDING',
    );
    const query = `query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries { edges { node { nextAttemptAt } } } } } }`;
    const { node } = await request<{
      node: { deliveries: { edges: [{ node: { nextAttemptAt: string } }] } };
    }>(url, query, { id });
    const waits = Date.parse(node.deliveries.edges[0].node.nextAttemptAt) - Date.now();
    expect(waits).toBeGreaterThan(3_000_000);
    // So does the webhook as a whole.
    await newFile(url);
    await until(
      () => waybill!.program && receiver.received.length,
      (length) => length === 1,
    );
  });
});

describe('a webhook', () => {
  it('that answers 410 is DISABLED at once, and a replay makes it ACTIVE again, with all it missed', async () => {
    const url = await start();
    receiver.answer = answerStatus(410);
    const { id, cursor } = await createWebhook(url, receiver.url);
    const file = await newFile(url);
    const disabled = await until(
      () => readWebhook(url, id),
      ({ state }) => state === 'DISABLED',
    );
    expect(disabled).toMatchObject({ disabledReason: 'the receiver answered 410 Gone', cursor });
    await transition(url, file, 'START_UPLOAD');
    receiver.answer = answerStatus(200);
    await webhookMutation(url, 'replayWebhook', { id, after: disabled.cursor });
    await until(
      () => readWebhook(url, id),
      ({ deliveries }) => deliveries.length === 2 && deliveries.every(({ state }) => state === 'DELIVERED'),
    );
    expect(changesOf(receiver.received, file)).toEqual(['0', '1']);
  });

  it('that fails for long without a success is DISABLED with the reason', async () => {
    const url = await start({ WAYBILL_WEBHOOK_DISABLE_AFTER: '1s' });
    receiver.answer = answerStatus(500);
    const { id } = await createWebhook(url, receiver.url);
    await newFile(url);
    const { disabledReason } = await until(
      () => readWebhook(url, id),
      ({ state }) => state === 'DISABLED',
    );
    expect(disabledReason).toMatch(/^no delivery has succeeded for .*; the last: status 500$/);
  });

  it('that is PAUSED is sent nothing, and goes on from where it was', async () => {
    const url = await start();
    const { id } = await createWebhook(url, receiver.url);
    await webhookMutation(url, 'updateWebhook', { id, state: 'PAUSED' });
    const file = await newFile(url);
    const second = await createWebhook(url, receiver.url.replace('/hook', '/other'));
    await transition(url, file, 'START_UPLOAD');
    await until(
      () => readWebhook(url, second.id),
      ({ deliveries }) => deliveries.length > 0,
    );
    const own = (): number => receiver.received.filter((one) => one.id.includes(id.slice('webhook_'.length))).length;
    expect(own()).toBe(0);
    await webhookMutation(url, 'updateWebhook', { id, state: 'ACTIVE' });
    await until(own, (count) => count === 2);
  });

  it('is sent what it asks for only, and nothing once it is deleted', async () => {
    const url = await start();
    const { id } = await createWebhook(url, receiver.url, { kinds: ['TRANSITIONED', 'DELETED'], states: ['FAILED'] });
    const file = await newFile(url);
    for (const event of ['START_UPLOAD', 'FAIL_UPLOAD']) await transition(url, file, event);
    expect(await arrived(file, 1)).toEqual(['2']);
    expect(await webhookMutation(url, 'deleteWebhook', { id })).toMatchObject({ __typename: 'DeleteWebhookSuccess' });
    expect(await waybill!.database.query('select from webhook_delivery')).toEqual([]);
    expect(await webhookMutation(url, 'deleteWebhook', { id })).toMatchObject({ code: 'INVALID_INPUT', field: 'id' });
  });
});
