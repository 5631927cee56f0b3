// The GraphQL clients in common use, with their own transports and caches: each queries, mutates and subscribes.
import { gql } from '@apollo/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Adapter, useApollo, useFetch, useGraphqlSse, useUrql } from '../support/adapters.ts';
import type { Result } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const REGISTER = `mutation ($input: RegisterFileInput!) { registerFile(input: $input) {
  __typename ... on RegisterFileSuccess { file { id state } } ... on Error { code message }
} }`;
const START = `mutation ($id: ID!) { startUpload(input: {id: $id}) {
  __typename ... on TransitionFileSuccess { file { id state } } ... on Error { code message }
} }`;
const READ = 'query ($id: ID!) { file(id: $id) { id name state } }';
const WATCH = 'subscription ($id: ID!) { file(id: $id) { id state version } }';

describe.each([
  ['urql', useUrql],
  ['Apollo Client', useApollo],
  ['graphql-sse', useGraphqlSse],
  ['fetch', useFetch],
])('%s', (_name, use: (url: string) => Adapter) => {
  it('registers, reads, transitions and watches a file', async () => {
    const client = use(waybill.url);
    const input = { name: 'a file', transfer: 'EXTERNAL', metadata: { of: ['a', 'client'] } };
    const { registerFile } = await client.mutate<{ registerFile: Result }>(REGISTER, { input });
    const id = registerFile.file?.id;
    expect(registerFile).toMatchObject({ __typename: 'RegisterFileSuccess', file: { state: 'UNTRACKED' } });

    const seen: unknown[] = [];
    const errors: string[] = [];
    const stop = client.subscribe(
      WATCH,
      { id },
      ({ file: { state, version } }) => seen.push([state, version]),
      (message) => errors.push(message),
    );
    await until(
      () => seen.length,
      (length) => length === 1,
    );
    const started = await client.mutate<{ startUpload: Result }>(START, { id });
    expect(started.startUpload).toMatchObject({ __typename: 'TransitionFileSuccess', file: { state: 'UPLOADING' } });
    await until(
      () => seen.length,
      (length) => length === 2,
    );
    expect(seen).toEqual([
      ['UNTRACKED', 0],
      ['UPLOADING', 1],
    ]);
    const refused = await client.mutate<{ startUpload: Result }>(START, { id });
    expect(refused.startUpload).toMatchObject({ __typename: 'TransitionRejected', code: 'TRANSITION_NOT_ALLOWED' });
    expect(await client.query(READ, { id })).toMatchObject({ file: { id, name: 'a file', state: 'UPLOADING' } });
    stop();
    expect(errors).toEqual([]);
    await client.dispose();
  });

  it('receives the reason why a subscription cannot begin', async () => {
    const client = use(waybill.url);
    const errors: string[] = [];
    client.subscribe(
      WATCH,
      { id: 'file_nobody' },
      () => errors.push('data instead'),
      (message) => errors.push(message),
    );
    await until(
      () => errors.length,
      (length) => length > 0,
    );
    expect(errors[0]).toMatch(/There is no such file/);
    await client.dispose();
  });
});

it("a subscription updates Apollo's cache, and a watched query with it", async () => {
  const { client, mutate, subscribe, dispose } = useApollo(waybill.url);
  const input = { name: 'cached', transfer: 'EXTERNAL' };
  const { registerFile } = await mutate<{ registerFile: Result }>(REGISTER, { input });
  const variables = { id: registerFile.file?.id };
  const shown: unknown[] = [];
  const query = gql(READ.replace(' name', ''));
  const watching = client.watchQuery<{ file: { state: string } }>({ query, variables }).subscribe(({ data }) => {
    if (data?.file?.state !== undefined) shown.push(data.file.state);
  });
  await until(
    () => shown.length,
    (length) => length > 0,
  );
  let begun = false;
  const stop = subscribe(WATCH, variables, () => (begun = true), fail);
  await until(
    () => begun,
    (yes) => yes,
  );
  // By another client, so that the cache learns of it from the subscription alone.
  await useFetch(waybill.url).mutate(START, variables);
  await until(
    () => shown.at(-1),
    (state) => state === 'UPLOADING',
  );
  expect(new Set(shown)).toEqual(new Set(['UNTRACKED', 'UPLOADING']));
  stop();
  watching.unsubscribe();
  await dispose();
});

function fail(message: string): never {
  throw new Error(message);
}
