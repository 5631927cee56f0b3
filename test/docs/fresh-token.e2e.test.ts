// The example that brings fresh tokens to a live socket, over the expiry of several.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSignedInSocket } from '../../docs/examples/fresh-token.ts';
import type { Instance } from '../support/instance.ts';
import { inSeconds, requestAs, sign, startSignedIn } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startSignedIn();
});
afterAll(() => waybill.stop());

const REGISTER = `mutation ($name: String!) { registerFile(input: { name: $name, transfer: EXTERNAL }) {
  ... on RegisterFileSuccess { file { id } } } }`;

it('its subscription receives every change once, while four tokens expire', async () => {
  const admin = await sign();
  const expiries: number[] = [];
  const getToken = async () => {
    const exp = inSeconds(8);
    expiries.push(exp * 1_000);
    return { text: await sign({ exp }), expiresAt: exp * 1_000 };
  };
  const client = createSignedInSocket(waybill.url, getToken, 5_000);
  const heard: string[] = [];
  let end: unknown = null;
  const query = 'subscription { fileChanges { ... on FileRegistered { file { name } } } }';
  client.subscribe<{ fileChanges: { file: { name: string } } }>(
    { query },
    {
      next: ({ data }) => void heard.push(data!.fileChanges.file.name),
      error: (error) => void (end = error),
      complete: () => void (end = 'complete'),
    },
  );
  const sent: string[] = [];
  const register = async (name: string): Promise<void> =>
    void (await requestAs(waybill.url, admin, REGISTER, { name }));
  await until(
    async () => {
      await register('first');
      return heard.length;
    },
    (count) => count > 0,
  );
  heard.length = 0;
  await until(
    async () => {
      const name = `file ${sent.length}`;
      await register(name);
      sent.push(name);
      return expiries.filter((time) => time < Date.now() - 2_000).length;
    },
    (count) => count >= 4,
    90_000,
  );
  await until(
    () => heard.filter((name) => name !== 'first').length,
    (count) => count === sent.length,
  );
  expect(heard.filter((name) => name !== 'first')).toEqual(sent);
  expect(end).toBeNull();
  await client.dispose();
});
