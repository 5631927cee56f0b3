// What a worker outside holds, and what it waits for, ends with its right.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instance } from '../support/instance.ts';
import {
  connectAs,
  createKeyAs,
  inSeconds,
  requestAs,
  revokeKeyAs,
  sendAs,
  sign,
  startSignedIn,
} from '../support/sign-in.ts';
import { until } from '../support/until.ts';

interface Claimed {
  readonly leaseToken: string;
  readonly leaseExpiresAt: string;
  readonly file: { readonly id: string };
}

const CLAIM = `mutation ($input: ClaimFilesInput!) { claimFiles(input: $input) { leaseToken leaseExpiresAt file { id } } }`;
const EXTEND = `mutation ($input: ExtendLeaseInput!) { extendLease(input: $input) {
  __typename ... on ExtendLeaseSuccess { leaseExpiresAt } ... on RequestError { code } } }`;
const REGISTER = `mutation ($input: RegisterFileInput!) { registerFile(input: $input) {
  ... on RegisterFileSuccess { file { id } } } }`;
const MOVE = `mutation ($id: ID!) { startUpload(input: { id: $id }) { __typename }
  completeUpload(input: { id: $id }) { __typename } }`;

let waybill: Instance;
let admin: string;
beforeAll(async () => {
  waybill = await startSignedIn({ env: { WAYBILL_PROCESSING: 'external' } });
  admin = await sign();
});
afterAll(() => waybill.stop());

/** A media type of its own, so that only one test claims it. */
async function queueFile(contentType: string): Promise<string> {
  const input = { name: 'a', transfer: 'EXTERNAL', contentType };
  type Data = { registerFile: { file: { id: string } } };
  const { registerFile } = await requestAs<Data>(waybill.url, admin, REGISTER, { input });
  await requestAs(waybill.url, admin, MOVE, { id: registerFile.file.id });
  return registerFile.file.id;
}

const claim = (token: string, contentType: string, input: Record<string, unknown> = {}) =>
  sendAs<{ claimFiles: Claimed[] }>(waybill.url, token, CLAIM, {
    input: { worker: 'w', contentTypes: [contentType], leaseSeconds: 3_600, ...input },
  });

const worker = () => createKeyAs(waybill.url, admin, { roles: ['WORKER'] });

it('a claim that waits is refused when its key is revoked, and a WebSocket that waits is closed', async () => {
  const { id, secret } = await worker();
  const waiting = claim(secret, 'test/nothing', { waitSeconds: 60 });
  const { client, closed } = connectAs(waybill.url, { authorization: `Bearer ${secret}` });
  const input = { worker: 'w', contentTypes: ['test/nothing'], waitSeconds: 60 };
  client.subscribe(
    { query: CLAIM, variables: { input } },
    { next: () => undefined, error: () => undefined, complete: () => undefined },
  );
  await revokeKeyAs(waybill.url, admin, id);
  expect((await waiting).errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await closed).toMatchObject({ code: 4403 });
});

it('what a key has claimed is given back when it is revoked, and to others nothing happens', async () => {
  const [gone, stays] = await Promise.all([worker(), worker()]);
  const lost = await queueFile('test/revoked');
  await queueFile('test/kept');
  const first = await claim(gone.secret, 'test/revoked');
  const kept = await claim(stays.secret, 'test/kept');
  expect(first.data?.claimFiles).toHaveLength(1);
  await revokeKeyAs(waybill.url, admin, gone.id);
  const next = await claim(stays.secret, 'test/revoked', { waitSeconds: 60 });
  expect(next.data?.claimFiles.map(({ file }) => file.id)).toEqual([lost]);
  const [{ file, leaseToken }] = kept.data!.claimFiles as [Claimed];
  const extended = await sendAs(waybill.url, stays.secret, EXTEND, { input: { id: file.id, leaseToken } });
  expect(extended.data).toMatchObject({ extendLease: { __typename: 'ExtendLeaseSuccess' } });
});

it('a lease ends with the token that it was claimed with, and goes on with a fresh one', async () => {
  await queueFile('test/short');
  const exp = inSeconds(120);
  const token = await sign({ roles: ['worker'], exp });
  const { data } = await claim(token, 'test/short');
  const [{ file, leaseToken, leaseExpiresAt }] = data!.claimFiles as [Claimed];
  expect(Date.parse(leaseExpiresAt)).toBeLessThanOrEqual(exp * 1_000 + 1_000);
  const input = { id: file.id, leaseToken, leaseSeconds: 600 };
  type Extended = { extendLease: { leaseExpiresAt: string } };
  const same = await requestAs<Extended>(waybill.url, token, EXTEND, { input });
  expect(Date.parse(same.extendLease.leaseExpiresAt)).toBeLessThanOrEqual(exp * 1_000 + 1_000);
  const fresh = await requestAs<Extended>(waybill.url, await sign({ roles: ['worker'] }), EXTEND, { input });
  expect(Date.parse(fresh.extendLease.leaseExpiresAt)).toBeGreaterThan(exp * 1_000 + 60_000);
});

it('what a key that is revoked has waited for is there for the next', async () => {
  const { id, secret } = await worker();
  const waiting = claim(secret, 'test/late', { waitSeconds: 60 });
  await revokeKeyAs(waybill.url, admin, id);
  await waiting;
  const file = await queueFile('test/late');
  const found = await until(
    () => claim(admin, 'test/late'),
    ({ data }) => (data?.claimFiles.length ?? 0) > 0,
  );
  expect(found.data?.claimFiles[0]?.file.id).toBe(file);
});
