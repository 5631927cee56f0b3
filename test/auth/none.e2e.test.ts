// Without sign-in everybody is the local admin, whatever they send; and URLs carry no right, because none is needed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Instance, startInstance } from '../support/instance.ts';
import { connectAs, requestAs, statusAs, viewerAs } from '../support/sign-in.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const LOCAL = { subject: 'local', tenant: 'local', roles: ['ADMIN'], expiresAt: null };

it('everybody is the local admin, with any credential and with none', async () => {
  expect(await statusAs(waybill.url, null)).toBe(200);
  expect(await viewerAs(waybill.url, 'nonsense')).toEqual(LOCAL);
  const { client } = connectAs(waybill.url, { authorization: 'nonsense' });
  const { value } = await client.iterate({ query: '{ viewer { subject tenant roles expiresAt } }' }).next();
  expect(value).toEqual({ data: { viewer: LOCAL } });
  await client.dispose();
});

it('URLs are as they are, whatever is asked of them', async () => {
  const query = `mutation { registerFile(input: { name: "a", size: 2 }) {
    ... on RegisterFileSuccess { file { id uploadUrl contentUrl(expiresInSeconds: 100000) } } } }`;
  type Data = { registerFile: { file: { id: string; uploadUrl: string; contentUrl: null } } };
  const { registerFile } = await requestAs<Data>(waybill.url, 'nonsense', query);
  const { id, uploadUrl, contentUrl } = registerFile.file;
  expect({ uploadUrl, contentUrl }).toEqual({ uploadUrl: `${waybill.url}/uploads/${id}`, contentUrl: null });
  const head = await fetch(`${uploadUrl}?signature=nonsense`, {
    method: 'HEAD',
    headers: { 'tus-resumable': '1.0.0' },
  });
  expect(head.status).toBe(200);
});
