// A claim that waits ends when its client goes away, however it has asked: the next file is for somebody else.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { readEvents } from '../support/sse.ts';
import { CLAIM, claim, upload } from '../support/worker-api.ts';

let waybill: Instance;
let url: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
afterAll(() => waybill.stop());

const variables = { input: { worker: 'gone', waitSeconds: 60, leaseSeconds: 3_600 } };
const ignore = (): void => undefined;

function fetchClaim(headers: Record<string, string>): () => void {
  const leaving = new AbortController();
  const body = JSON.stringify({ query: CLAIM, variables });
  fetch(`${url}/graphql`, { method: 'POST', headers, body, signal: leaving.signal }).catch(ignore);
  return () => leaving.abort();
}

function streamClaim(): () => void {
  const leaving = new AbortController();
  readEvents(url, CLAIM, variables, leaving.signal).next().catch(ignore);
  return () => leaving.abort();
}

const subscribeClaim = (client: Client): (() => void) =>
  client.subscribe({ query: CLAIM, variables }, { next: ignore, error: ignore, complete: ignore });

function closeSocket(): () => void {
  const client = connect(url);
  subscribeClaim(client);
  return () => client.terminate();
}

const json = { 'content-type': 'application/json' };

it.each<[way: string, begin: () => () => void]>([
  ['a request', () => fetchClaim(json)],
  // The fast path leaves charsets to Yoga.
  ['a request that Yoga answers', () => fetchClaim({ ...json, accept: 'application/json; charset=utf-8' })],
  ['an event stream', streamClaim],
  ['an operation on a WebSocket, which is completed', () => subscribeClaim(connect(url))],
  ['an operation on a WebSocket, which is closed', closeSocket],
])('%s', async (_way, begin) => {
  const leave = begin();
  // Nothing shows that it waits. Should it not by then, the test only shows less.
  await sleep(500);
  leave();
  const id = await upload(url, 'for the next one');
  const given = await claim(url, { worker: 'next', waitSeconds: 30 });
  expect(given.map(({ file }) => file.id)).toEqual([id]);
});
