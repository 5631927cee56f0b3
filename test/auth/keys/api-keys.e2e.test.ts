// API keys as an admin and a machine use them, on two replicas.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Replicas, startReplicas } from '../../support/replicas.ts';
import {
  JWT_ENV,
  createKeyAs,
  inSeconds,
  requestAs,
  revokeKeyAs,
  sendAs,
  sign,
  statusAs,
  viewerAs,
} from '../../support/sign-in.ts';
import { until } from '../../support/until.ts';

let replicas: Replicas;
let here: string;
let there: string;
let admin: string;
beforeAll(async () => {
  replicas = await startReplicas(JWT_ENV);
  [here, there] = replicas.urls;
  admin = await sign();
});
afterAll(() => replicas.stop());

const LIST = '{ apiKeys { edges { node { id name roles createdAt expiresAt lastUsedAt } } } }';

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly lastUsedAt: string | null;
}

async function list(token: string): Promise<Listed[]> {
  const { apiKeys } = await requestAs<{ apiKeys: { edges: { node: Listed }[] } }>(here, token, LIST);
  return apiKeys.edges.map(({ node }) => node);
}

it('is shown once, and stored as a digest only', async () => {
  const { id, secret } = await createKeyAs(here, admin, { name: 'camera 7', roles: ['UPLOADER', 'UPLOADER'] });
  expect(await viewerAs(there, secret)).toEqual({ subject: id, tenant: 'red', roles: ['UPLOADER'], expiresAt: null });
  expect(await list(admin)).toContainEqual(expect.objectContaining({ id, name: 'camera 7', roles: ['UPLOADER'] }));
  const rows = await replicas.database.query('select row_to_json(api_key)::text as row from api_key');
  expect(JSON.stringify(rows)).not.toContain(secret.slice(-43));
  for (const { log } of replicas.instances) expect(JSON.stringify(log)).not.toContain(secret.slice(-43));
});

it('one character off it is refused, and works on', async () => {
  const { secret } = await createKeyAs(here, admin);
  for (const at of [5, 20, 40, secret.length - 1]) {
    const other = `${secret.slice(0, at)}${secret[at] === 'a' ? 'b' : 'a'}${secret.slice(at + 1)}`;
    expect(await statusAs(here, other), other).toBe(401);
  }
  expect(await statusAs(here, secret)).toBe(200);
});

it('stops working when it is revoked, on every replica', async () => {
  const { id, secret } = await createKeyAs(here, admin);
  expect(await statusAs(here, secret)).toBe(200);
  expect(await statusAs(there, secret)).toBe(200);
  expect(await revokeKeyAs(here, admin, id)).toEqual({ __typename: 'RevokeApiKeySuccess', id });
  expect(await statusAs(here, secret)).toBe(401);
  await until(
    () => statusAs(there, secret),
    (status) => status === 401,
    20_000,
  );
  expect(await revokeKeyAs(here, admin, id)).toMatchObject({ code: 'INVALID_INPUT', field: 'id' });
  expect((await list(admin)).map((key) => key.id)).not.toContain(id);
});

it('stops working when it expires', async () => {
  const expiresAt = new Date(Date.now() + 6_000).toISOString();
  const { secret } = await createKeyAs(here, admin, { expiresAt });
  expect((await viewerAs(here, secret)).expiresAt).toBe(expiresAt);
  await until(
    () => statusAs(here, secret),
    (status) => status === 401,
    20_000,
  );
});

it('remembers its last use, and writes it once a minute', async () => {
  const { id, secret } = await createKeyAs(here, admin);
  const read = async (): Promise<string | null> => (await list(admin)).find((key) => key.id === id)!.lastUsedAt;
  expect(await read()).toBeNull();
  for (let time = 0; time < 20; time += 1) await Promise.all([statusAs(here, secret), statusAs(there, secret)]);
  const first = await until(read, (time) => time !== null);
  const [row] = await replicas.database.query<{ xmin: string }>('select xmin::text from api_key where id = $1', [
    id.slice(7),
  ]);
  for (let time = 0; time < 20; time += 1) await Promise.all([statusAs(here, secret), statusAs(there, secret)]);
  expect(await read()).toBe(first);
  expect(await replicas.database.query('select xmin::text from api_key where id = $1', [id.slice(7)])).toEqual([row]);
});

it('belongs to the tenant of its creator: another admin neither sees nor revokes it', async () => {
  const { id, secret } = await createKeyAs(here, admin);
  const blue = await sign({ tenant: 'blue' });
  expect(await list(blue)).toEqual([]);
  const never = 'apikey_00000000-0000-7000-8000-000000000000';
  expect(await revokeKeyAs(here, blue, id)).toEqual(await revokeKeyAs(here, blue, never));
  const node = 'query ($id: ID!) { node(id: $id) { id } }';
  expect(await requestAs(here, blue, node, { id })).toEqual({ node: null });
  expect(await requestAs(here, admin, node, { id })).toEqual({ node: { id } });
  expect(await statusAs(here, secret)).toBe(200);
});

it('is made with a name, a role that exists and a time to come', async () => {
  const query = `mutation C($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    ... on RequestError { code issues { field } } } }`;
  const create = async (input: object): Promise<unknown> => {
    const { data, errors } = await sendAs<{ createApiKey: unknown }>(here, admin, query, { input });
    return data?.createApiKey ?? errors?.[0]?.extensions?.['code'];
  };
  const expiresAt = new Date(inSeconds(-1) * 1_000).toISOString();
  const issues = [{ field: 'name' }, { field: 'roles' }, { field: 'expiresAt' }];
  expect(await create({ name: '', roles: [], expiresAt })).toEqual({ code: 'INVALID_INPUT', issues });
  expect(await create({ name: 'a\0', roles: ['ADMIN'] })).toEqual({
    code: 'INVALID_INPUT',
    issues: [{ field: 'name' }],
  });
  expect(await create({ name: 'a', roles: ['ROOT'] })).toBe('BAD_USER_INPUT');
});

it('the list has each key once, page by page', async () => {
  const tenant = 'pages';
  const token = await sign({ tenant });
  const ids: string[] = [];
  for (let at = 0; at < 5; at += 1) ids.unshift((await createKeyAs(here, token)).id);
  const query = `query P($first: Int, $after: String, $last: Int, $before: String) {
    apiKeys(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id } } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }`;
  interface Page {
    apiKeys: { edges: { node: { id: string } }[]; pageInfo: Record<string, string | boolean> };
  }
  const seen: string[] = [];
  let after: unknown = null;
  for (let more = true; more;) {
    const { apiKeys } = await requestAs<Page>(here, token, query, { first: 2, after });
    seen.push(...apiKeys.edges.map(({ node }) => node.id));
    more = apiKeys.pageInfo['hasNextPage'] === true;
    after = apiKeys.pageInfo['endCursor'];
  }
  expect(seen).toEqual(ids);
  const { apiKeys: end } = await requestAs<Page>(here, token, query, { last: 2 });
  expect(end.edges.map(({ node }) => node.id)).toEqual(ids.slice(-2));
  const { errors } = await sendAs(here, token, query, { first: 1, after: 'Zm9v' });
  expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
});
