// Webhooks: deliveries a second to a receiver on this machine against a bare loop of POSTs; how soon after its commit a change
// arrives; and what a thousand idle webhooks ask of the database.
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Report } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import { atLeast, atMost, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { quantile } from '../measure/statistics.ts';
import { Worker } from '../workers/worker.ts';
import type { PosterCalls } from './poster.ts';
import type { ReceiverCalls } from './receiver.ts';

/** As many as a webhook has at most. */
const CONNECTIONS = 8;
const PER_SECOND = 100;
const IDLE = 1_000;
const BULK = 500;
const ENV = { WAYBILL_WEBHOOK_ALLOW: '127.0.0.0/8', WAYBILL_MAX_WEBHOOKS_PER_TENANT: '2000' };
/** The body of a message of these files is some 900 bytes. */
const BODY = JSON.stringify({ data: 'x'.repeat(900) });

async function ask<Data>(url: string, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown };
  if (data === undefined || errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

const REGISTER = `mutation ($input: [RegisterFileInput!]!) { registerFiles(input: $input) {
  __typename ... on RequestError { message } } }`;
const file = (name: number): object => ({ name: `file ${name}`, transfer: 'EXTERNAL' });

async function register(url: string, files: number): Promise<void> {
  for (let at = 0; at < files; at += BULK) {
    await ask(url, REGISTER, {
      input: Array.from({ length: Math.min(BULK, files - at) }, (_, each) => file(at + each)),
    });
  }
}

async function createWebhook(url: string, to: string, after: string | null): Promise<string> {
  const query = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
    ... on CreateWebhookSuccess { webhook { id } } ... on RequestError { message } } }`;
  type Created = { createWebhook: { webhook?: { id: string }; message?: string } };
  const { createWebhook: created } = await ask<Created>(url, query, { input: { url: to, after } });
  if (created.webhook === undefined) throw new Error(created.message);
  return created.webhook.id;
}

const remove = (url: string, id: string): Promise<unknown> =>
  ask(url, `mutation { deleteWebhook(input: { id: "${id}" }) { __typename } }`);

const readCursor = async (url: string): Promise<string> =>
  (await ask<{ feedCursor: string }>(url, '{ feedCursor }')).feedCursor;

/** One file after the other, at a fixed pace. @returns the median of milliseconds from the change to its arrival */
async function latencyOf(url: string, receiver: Worker<ReceiverCalls>, to: string, files: number): Promise<number> {
  await receiver.call('reset');
  const id = await createWebhook(url, to, null);
  // Until a replica sends to it.
  await register(url, 1);
  await receiver.call('until', 1);
  await receiver.call('reset');
  const start = performance.now();
  const sent: Promise<unknown>[] = [];
  for (let at = 0; at < files; at += 1) {
    await delay(Math.max(0, start + (at * 1_000) / PER_SECOND - performance.now()));
    sent.push(ask(url, REGISTER, { input: [file(at)] }));
  }
  await Promise.all(sent);
  const { instants } = await receiver.call('until', files);
  await remove(url, id);
  return quantile(
    instants.map(([arrived, made]) => arrived - made),
    0.5,
  );
}

/** Transactions that the database commits in a second. */
async function transactionsOf(database: Database, seconds: number): Promise<number> {
  const query = 'select xact_commit::float8 as n from pg_stat_database where datname = current_database()';
  const read = async (): Promise<number> => (await database.query<{ n: number }>(query))[0]!.n;
  // A session that has become idle reports what it did up to 10 s later (PGSTAT_IDLE_INTERVAL).
  await delay(12_000);
  const before = await read();
  await delay(seconds * 1_000);
  return ((await read()) - before) / seconds;
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('webhooks');
  await using waybill = await testbed.startWaybill(database, { env: ENV });
  await using receiver = new Worker<ReceiverCalls>('webhooks/receiver.ts');
  await using poster = new Worker<PosterCalls>('webhooks/poster.ts');
  const { url } = waybill;
  const to = await receiver.call('listen');
  const messages = testbed.quick ? 1_000 : 5_000;
  const after = await readCursor(url);
  await register(url, messages);
  await delay(1_000);
  const deliver = async (): Promise<number> => {
    await receiver.call('reset');
    const id = await createWebhook(url, to, after);
    const { perSecond } = await receiver.call('until', messages);
    await remove(url, id);
    return perSecond;
  };
  const post = async (): Promise<number> => {
    await receiver.call('reset');
    await poster.call('run', { url: to, messages, connections: CONNECTIONS, body: BODY });
    return (await receiver.call('until', messages)).perSecond;
  };
  const rates = await takeTurns(testbed, { deliver, post });
  const latency = await takeTurns(testbed, {
    waybill: () => latencyOf(url, receiver, to, testbed.quick ? 50 : 500),
  });
  const seconds = testbed.quick ? 4 : 10;
  const idleBefore = await transactionsOf(database, seconds);
  for (let at = 0; at < IDLE; at += 1) await createWebhook(url, to, null);
  const idle = await transactionsOf(database, seconds);
  return {
    figures: [
      figureOf({
        what: `deliveries, ${CONNECTIONS} connections`,
        unit: 'messages/s',
        subject: rates.deliver,
        baseline: { name: 'bare POST loop', samples: rates.post },
        target: atLeast(0.4, 0.7),
      }),
      figureOf({
        what: `from a change to its arrival, ${PER_SECOND} a second, p50`,
        unit: 'ms',
        subject: latency.waybill,
        target: atMost(20, null),
      }),
      figureOf({
        what: `transactions for ${IDLE} idle webhooks`,
        unit: 'a second',
        subject: [Math.max(0, idle - idleBefore)],
        target: atMost(10, null),
      }),
    ],
    curves: [],
    notes: [
      'Deliveries are of a backlog: signed, recorded one by one, from the first to the last arrival. The loop posts a body as ' +
        'long and does nothing else.',
      'A change is made when its batch begins, which is before its commit: the time to its arrival includes the commit.',
    ],
  };
}

export const webhooks: Bench = { name: 'webhooks', title: 'Webhooks', measure };
