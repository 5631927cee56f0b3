// What is live over the expiry of tokens.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWaybill } from '../../packages/client/src/client.ts';
import { READ_FEED_CURSOR } from '../../packages/client/src/generated/documents.ts';
import type { Instance } from '../support/instance.ts';
import { inSeconds, requestAs, sign, startSignedIn } from '../support/sign-in.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startSignedIn();
});
afterAll(() => waybill.stop());

const REGISTER = `mutation ($name: String!) { registerFile(input: { name: $name, transfer: EXTERNAL }) {
  ... on RegisterFileSuccess { file { id } } } }`;

it('a list stays live while three tokens expire', async () => {
  const admin = await sign();
  const expiries: number[] = [];
  const client = createWaybill({
    url: waybill.url,
    token: async () => {
      const exp = inSeconds(8);
      expiries.push(exp * 1_000);
      return await sign({ exp });
    },
  });
  const list = client.live.files();
  const statuses: string[] = [];
  list.subscribe(() => statuses.push(list.getSnapshot().status));
  await until(
    () => statuses.at(-1),
    (status) => status === 'live',
  );
  statuses.length = 0;
  let sent = 0;
  await until(
    async () => {
      await requestAs(waybill.url, admin, REGISTER, { name: `file ${sent++}` });
      return new Set(expiries.filter((time) => time < Date.now() - 2_000)).size;
    },
    (count) => count >= 3,
    90_000,
  );
  await until(
    () => list.getSnapshot(),
    ({ files, hasMore }) => files.length === sent && !hasMore,
  );
  expect(new Set(statuses)).toEqual(new Set(['live']));
  client.close();
});

it('with a token that nobody accepts it fails, and tries again when it is told to', async () => {
  let token = await sign({ exp: inSeconds(-60) });
  const client = createWaybill({ url: waybill.url, token: () => token });
  const list = client.live.files();
  list.subscribe(() => undefined);
  await until(
    () => list.getSnapshot().status,
    (status) => status === 'failed',
  );
  expect(list.getSnapshot().error).toMatchObject({ code: 'UNAUTHENTICATED' });
  token = await sign();
  list.retry();
  await until(
    () => list.getSnapshot().status,
    (status) => status === 'live',
  );
  client.close();
});

it('a token that comes after its connection has broken does not end the next one', async () => {
  const proxy = await startTcpProxy(waybill.url);
  const token = await sign();
  const late = Promise.withResolvers<string>();
  let asked = 0;
  // Once for the files, then for the first connection, then for others.
  const client = createWaybill({
    url: proxy.urlThrough(waybill.url),
    token: () => ((asked += 1) === 2 ? late.promise : token),
  });
  const list = client.live.files();
  const statuses: string[] = [];
  list.subscribe(() => statuses.push(list.getSnapshot().status));
  await until(
    () => asked,
    (times) => times === 2,
  );
  proxy.cut();
  await until(
    () => statuses.at(-1),
    (status) => status === 'live',
  );
  statuses.length = 0;
  late.resolve(token);
  // A connection that gets no answer is given up after 5 s.
  await new Promise((resolve) => setTimeout(resolve, 6_500));
  expect(statuses.filter((status) => status !== 'live')).toEqual([]);
  expect(list.getSnapshot().status).toBe('live');
  client.close();
  await proxy.close();
});

it('a role that may not read fails at once', async () => {
  const client = createWaybill({ url: waybill.url, token: await sign({ roles: [] }) });
  await expect(client.query(READ_FEED_CURSOR)).rejects.toMatchObject({ code: expect.any(String) as string });
  const changes = client.changes('somewhere').next();
  await expect(changes).rejects.toMatchObject({ code: expect.any(String) as string });
  client.close();
});
