// What is sent is what fileChanges says, and is as docs/webhook.schema.json describes it.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, newFile, request, subscribe, transition } from '../support/client.ts';
import { deleteFile } from '../support/operations.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { faultsOf } from '../support/json-schema.ts';
import { until } from '../support/until.ts';
import {
  ALLOW_LOOPBACK,
  type MessageShape,
  type Received,
  type Receiver,
  createWebhook,
  startReceiver,
  verify,
  webhookMutation,
} from '../support/webhook-receiver.ts';

const CHANGES = `subscription ($after: Cursor!) { fileChanges(after: $after) {
  kind cursor fileId occurredAt
  ... on FileChangeWithFile { file {
    id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts
    failure { code message retryable } retryAt
    processing { worker attempt progress message leaseExpiresAt cancelRequested }
    createdAt updatedAt metadata properties } }
  ... on FileTransitioned { transition {
    id fileId event from to version attemptId actor failure { code message retryable } occurredAt } }
} }`;

const schema = JSON.parse(readFileSync('docs/webhook.schema.json', 'utf8')) as object;

let waybill: Instance;
let receiver: Receiver;
let secret: string;
let secondSecret: string;
let after: string;
let file: string;
beforeAll(async () => {
  waybill = await startInstance({ env: ALLOW_LOOPBACK });
  const { url } = waybill;
  receiver = await startReceiver();
  ({ feedCursor: after } = await request<{ feedCursor: string }>(url, '{ feedCursor }'));
  ({ secret } = await createWebhook(url, receiver.url, { after }));
  ({ secret: secondSecret } = await createWebhook(url, `${receiver.url}/events`, { after, format: 'CLOUDEVENTS' }));
  file = await newFile(url, { name: 'Ünïcödé 😀 "x"', metadata: { deep: [1, { a: 1e21 }], text: 'ß\u2028' }, size: 5 });
  await transition(url, file, 'START_UPLOAD');
  await transition(url, file, 'COMPLETE_UPLOAD');
  await transition(url, file, 'FAIL_PROCESSING', { failure: { code: 'BROKEN', message: 'it is', retryable: true } });
  await deleteFile(url, file);
  await until(
    () => receiver.received.length,
    (length) => length === 10,
  );
});
afterAll(async () => {
  await waybill.stop();
  await receiver.close();
});

const standard = (): Received[] => receiver.received.filter((one) => 'version' in one.body);
const events = (): Received[] => receiver.received.filter((one) => 'specversion' in one.body);

it('what is sent is what fileChanges says', async () => {
  const client = connect(waybill.url);
  const said: MessageShape['data'][] = [];
  for await (const { fileChanges } of subscribe<{ fileChanges: MessageShape['data'] }>(client, CHANGES, { after })) {
    said.push(fileChanges);
    if (said.length === 5) break;
  }
  await client.dispose();
  expect(standard().map(({ body }) => body.data)).toEqual(said);
  expect(events().map(({ body }) => body.data)).toEqual(said);
});

it('has no URL in it, signed or not', () => {
  for (const { text } of receiver.received) expect(text).not.toMatch(/https?:|uploadUrl|contentUrl/);
});

describe('the schema', () => {
  it('describes what is sent', () => {
    expect(receiver.received.map(({ body }) => faultsOf(schema, body))).toEqual(receiver.received.map(() => []));
  });

  it('finds what is not as described', () => {
    const [{ body } = { body: {} as MessageShape }] = standard();
    for (const wrong of [
      { ...body, type: 'file.renamed' },
      { ...body, id: undefined },
      { ...body, data: { ...body.data, fileId: 1 } },
      { ...body, data: { ...body.data, file: { ...body.data.file, state: 'LOST' } } },
      { ...body, version: 2 },
    ]) {
      expect(faultsOf(schema, JSON.parse(JSON.stringify(wrong)))).not.toEqual([]);
    }
  });

  it('names every field that is sent', () => {
    const text = JSON.stringify(schema);
    const namesIn = (value: unknown): string[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([name, each]) =>
            name === 'metadata' || name === 'properties' ? [name] : [name, ...namesIn(each)],
          );
    const names = new Set(receiver.received.flatMap(({ body }) => namesIn(body)).filter((name) => !/^\d+$/.test(name)));
    expect([...names].filter((name) => !text.includes(`"${name}":`))).toEqual([]);
  });
});

it('a CloudEvent names its file, its time and its type', () => {
  const [first] = events();
  expect(first!.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
  expect(first!.body).toMatchObject({
    specversion: '1.0',
    type: 'waybill.file.registered.v1',
    subject: file,
    datacontenttype: 'application/json',
  });
  expect(verify(secondSecret, first!)).toEqual(first!.body);
});

it('with a new secret messages are signed with the old one too', async () => {
  const { url } = waybill;
  const { id, secret: old } = await createWebhook(url, receiver.url);
  const rotated = await webhookMutation(url, 'rotateWebhookSecret', { id });
  expect(rotated.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const other = await newFile(url);
  const find = (): Received | undefined =>
    receiver.received.find((one) => one.id.includes(id.slice(8)) && one.body.data.fileId === other);
  await until(find, (one) => one !== undefined);
  for (const each of [old, rotated.secret!]) expect(() => verify(each, find()!)).not.toThrow();
  expect(() => verify(secret, find()!)).toThrow();
  expect(() => verify(old, { ...find()!, text: `${find()!.text} ` })).toThrow();
});
