// How many subscriptions one socket and one principal may have: one more is refused with a typed error, the others live.
import type { Client } from 'graphql-ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect, newFile } from '../support/client.ts';
import { readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let clients: Client[] = [];
beforeEach(() => {
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.dispose();
  await waybill.stop();
});

function open(): Client {
  const client = connect(waybill.url);
  clients.push(client);
  return client;
}

interface Subscribed {
  /** Changes heard. */
  heard: number;
  /** The code it was refused with. */
  refusal: unknown;
  unsubscribe(): void;
}

const codeOf = (errors: unknown): unknown =>
  Array.isArray(errors) ? (errors[0] as { extensions?: { code?: unknown } }).extensions?.code : errors;

function watch(client: Client): Subscribed {
  const subscribed: Subscribed = { heard: 0, refusal: null, unsubscribe: () => undefined };
  subscribed.unsubscribe = client.subscribe(
    { query: 'subscription { fileChanges { cursor } }' },
    {
      next: ({ errors, data }) => {
        if (data != null) subscribed.heard += 1;
        if (errors !== undefined) subscribed.refusal = codeOf(errors);
      },
      error: (errors) => {
        subscribed.refusal = codeOf(errors);
      },
      complete: () => undefined,
    },
  );
  return subscribed;
}

const watchMany = (client: Client, count: number): Subscribed[] => Array.from({ length: count }, () => watch(client));

const followers = (): Promise<number> => readMetric(waybill.url, 'waybill_feed_followers');

/** Waits until so many follow the feed or, of these, have been refused; returns those of these that follow. */
async function settled(all: readonly Subscribed[], expected: number): Promise<Subscribed[]> {
  await until(
    async () => (await followers()) + all.filter(({ refusal }) => refusal !== null).length,
    (count) => count === expected,
  );
  return all.filter(({ refusal }) => refusal === null);
}

it('of 5,000 subscriptions on one socket those over the limit are refused, and the others live', async () => {
  waybill = await startInstance({ env: { WAYBILL_MAX_SUBSCRIPTIONS_PER_PRINCIPAL: '100000' } });
  const client = open();
  const all = watchMany(client, 5_000);
  const living = await settled(all, 5_000);
  expect(living).toHaveLength(500);
  const refusals = new Set(all.map(({ refusal }) => refusal).filter((refusal) => refusal !== null));
  expect([...refusals]).toEqual(['TOO_MANY_SUBSCRIPTIONS']);

  await newFile(waybill.url);
  await until(
    () => living.filter(({ heard }) => heard === 1).length,
    (heard) => heard === living.length,
  );
  expect(all.reduce((sum, { heard }) => sum + heard, 0)).toBe(500);

  // Who leaves makes room, for as many and no more.
  for (const each of living.slice(0, 100)) each.unsubscribe();
  await until(followers, (count) => count === 400);
  expect(await settled(watchMany(client, 150), 400 + 150)).toHaveLength(100);
  expect(await readMetric(waybill.url, 'waybill_unexpected_errors_total')).toBe(0);
});

it('a principal has a limit over all its connections, and a connection that closes makes room', async () => {
  const env = { WAYBILL_MAX_SUBSCRIPTIONS_PER_CONNECTION: '20', WAYBILL_MAX_SUBSCRIPTIONS_PER_PRINCIPAL: '30' };
  waybill = await startInstance({ env });
  const [one, two] = [open(), open()];
  expect(await settled(watchMany(one, 20), 20)).toHaveLength(20);
  const second = watchMany(two, 20);
  expect(await settled(second, 20 + 20)).toHaveLength(10);
  expect(second.filter(({ refusal }) => refusal === 'TOO_MANY_SUBSCRIPTIONS')).toHaveLength(10);

  // An event stream is a connection of its own, of the same principal.
  const query = new URLSearchParams({ query: 'subscription { fileChanges { cursor } }' });
  const headers = { accept: 'text/event-stream' };
  const stream = await fetch(`${waybill.url}/graphql?${query.toString()}`, { headers });
  expect(await stream.text()).toContain('TOO_MANY_SUBSCRIPTIONS');

  await one.dispose();
  await until(followers, (count) => count === 10);
  expect(await settled(watchMany(open(), 20), 10 + 20)).toHaveLength(20);
});

it('a subscription that is refused for another reason holds no slot', async () => {
  waybill = await startInstance({ env: { WAYBILL_MAX_SUBSCRIPTIONS_PER_CONNECTION: '5' } });
  const client = open();
  for (let time = 0; time < 10; time += 1) {
    const refused = client.iterate({ query: 'subscription { fileChanges(after: "bm9uZQ") { cursor } }' });
    const { value } = await refused.next();
    expect(JSON.stringify(value)).toContain('INVALID_CURSOR');
  }
  expect(await settled(watchMany(client, 5), 5)).toHaveLength(5);
});
