// Changes arrive at a receiver: signed, in order, and again after a crash of the replica that sends.
import type { Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { newFile, transition } from '../support/client.ts';
import { createDatabase } from '../support/database.ts';
import { startInstance } from '../support/instance.ts';
import { startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import {
  ALLOW_LOOPBACK,
  type Received,
  type Receiver,
  changesOf,
  createWebhook,
  readWebhook,
  startReceiver,
  verify,
  webhookMutation,
} from '../support/webhook-receiver.ts';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function open(): Promise<Receiver> {
  const receiver = await startReceiver();
  opened.push(() => receiver.close());
  return receiver;
}

it('a change arrives signed, and the cursor of the webhook moves behind it', async () => {
  const receiver = await open();
  const waybill = await startInstance({ env: ALLOW_LOOPBACK });
  opened.push(() => waybill.stop());
  const { id, secret, cursor } = await createWebhook(waybill.url, receiver.url);
  const file = await newFile(waybill.url, { metadata: { a: 1 } });
  await transition(waybill.url, file, 'START_UPLOAD');
  await until(
    () => receiver.received.length,
    (length) => length === 2,
  );
  for (const one of receiver.received) expect(verify(secret, one)).toEqual(one.body);
  expect(receiver.received.map(({ body }) => body.type)).toEqual(['file.registered', 'file.transitioned']);
  expect(receiver.received[1]!.body.data).toMatchObject({
    fileId: file,
    file: { id: file, state: 'UPLOADING', version: 1, metadata: { a: 1 } },
    transition: { event: 'START_UPLOAD', from: 'UNTRACKED', to: 'UPLOADING', version: 1 },
  });
  const webhook = await until(
    () => readWebhook(waybill.url, id),
    (read) => read.deliveries.length === 2 && read.cursor === receiver.received[1]!.body.data.cursor,
  );
  expect(webhook.cursor).not.toBe(cursor);
  expect(webhook.deliveries.map((each) => each.id)).toEqual(receiver.received.map((each) => each.id).toReversed());
});

it('a replay sends the same ids and bodies again, of each file in order; each webhook has its own connections', async () => {
  const receiver = await open();
  const sockets = new Map<string, Set<Socket>>();
  receiver.answer = ({ id }, response, { socket }) => {
    const [, webhook = ''] = id.split('_');
    sockets.set(webhook, (sockets.get(webhook) ?? new Set()).add(socket));
    response.writeHead(204).end();
  };
  const waybill = await startInstance({ env: ALLOW_LOOPBACK });
  opened.push(() => waybill.stop());
  const { id, cursor } = await createWebhook(waybill.url, receiver.url);
  const other = await createWebhook(waybill.url, receiver.url);
  const files = await Promise.all(Array.from({ length: 10 }, () => newFile(waybill.url)));
  for (const event of ['START_UPLOAD', 'FAIL_UPLOAD']) {
    await Promise.all(files.map((file) => transition(waybill.url, file, event)));
  }
  const of = (webhook: string): Received[] => receiver.received.filter((one) => one.id.includes(webhook.slice(8)));
  await until(
    () => of(id).length + of(other.id).length,
    (length) => length === 60,
  );
  const first = of(id);
  await webhookMutation(waybill.url, 'replayWebhook', { id, after: cursor });
  await until(
    () => of(id).length,
    (length) => length === 60,
  );
  const again = of(id).slice(30);
  for (const file of files) {
    const sent = (all: readonly Received[]): string[] =>
      all.filter(({ body }) => body.data.fileId === file).map((one) => `${one.id} ${one.text}`);
    expect(sent(again)).toEqual(sent(first));
    expect(changesOf(again, file)).toEqual(['0', '1', '2']);
  }
  const [mine, others] = [...sockets.values()];
  expect(sockets.size).toBe(2);
  expect(mine!.intersection(others!).size).toBe(0);
});

it('after kill -9 another replica goes on, in order and without a gap, under the same ids', async () => {
  const receiver = await open();
  const database = await createDatabase();
  opened.push(() => database.drop());
  const env = { ...ALLOW_LOOPBACK, DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir };
  const killed = await startProcess(env);
  opened.push(() => killed.end('SIGKILL'));
  await createWebhook(killed.url, receiver.url);
  const file = await newFile(killed.url);
  await transition(killed.url, file, 'START_UPLOAD');
  await until(
    () => receiver.received.length,
    (length) => length === 2,
  );
  await killed.end('SIGKILL');
  const next = await startInstance({ database, env: ALLOW_LOOPBACK });
  opened.push(() => next.stop());
  for (const event of ['FAIL_UPLOAD', 'RETRY']) await transition(next.url, file, event);
  await until(
    () => changesOf(receiver.received, file),
    (changes) => changes.length === 4,
  );
  expect(changesOf(receiver.received, file)).toEqual(['0', '1', '2', '3']);
  // Whatever was sent twice is the same again.
  const byId = new Map(receiver.received.map(({ id, text }) => [id, text]));
  for (const { id, text } of receiver.received) expect(byId.get(id)).toBe(text);
});
