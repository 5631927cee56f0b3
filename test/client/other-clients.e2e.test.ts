// Apollo Client, urql and Relay with a link, an exchange and a subscribe function of the client: they lose nothing either.
import { ApolloClient, gql } from '@apollo/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waybillLink } from '../../packages/client/src/apollo.ts';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { READ_FEED_CURSOR } from '../../packages/client/src/generated/documents.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';
import { newFile, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { OTHER_CLIENTS, createApolloCache } from './other-clients.ts';

const FOLLOW = `subscription S($after: Cursor) { fileChanges(after: $after) { __typename cursor fileId
  ... on FileChangeWithFile { file { id state version } } } }`;

let database: TestDatabase;
let waybill: Instance;
let proxy: TcpProxy;
let client: Waybill;

beforeEach(async () => {
  database = await createDatabase();
  waybill = await startInstance({ database });
  proxy = await startTcpProxy(waybill.url);
  client = createWaybill({ url: proxy.urlThrough(waybill.url) });
});
afterEach(async () => {
  client.close();
  await proxy.close();
  await waybill.stop();
  await database.drop();
});

async function restart(): Promise<void> {
  await waybill.stop();
  waybill = await startInstance({ database });
  proxy.retarget(Number(new URL(waybill.url).port));
}

interface Change {
  readonly fileId: string;
  readonly cursor: string;
}

describe.each(Object.entries(OTHER_CLIENTS))('%s', (name, subscribe) => {
  const watch = (
    document: string,
    variables: Record<string, unknown>,
  ): { seen: unknown[]; ended: string[]; stop: () => void } => {
    const seen: unknown[] = [];
    const ended: string[] = [];
    const stop = subscribe(client, document, variables, {
      next: (data) => void seen.push(Object.values(data).at(-1)),
      error: (code) => void ended.push(code),
      complete: () => void ended.push('complete'),
    });
    return { seen, ended, stop };
  };

  it('has each change once and in order, through cut connections and a restart', async () => {
    const { feedCursor } = await client.query(READ_FEED_CURSOR);
    const { seen, ended, stop } = watch(FOLLOW, { after: feedCursor });
    const ids: string[] = [];
    for (let round = 0; round < 30; round += 1) {
      ids.push(await newFile(waybill.url));
      if (round % 7 === 3) proxy.cut();
      if (round === 15) await restart();
    }
    await until(
      () => seen.length,
      (length) => length >= ids.length,
    );
    expect(seen.map((change) => (change as Change).fileId)).toEqual(ids);
    expect(ended).toEqual([]);
    stop();
  });

  it('without a cursor has what comes after its subscription, though it is cut before the first change', async () => {
    const connected = new Promise<void>((resolve) => {
      proxy.inspect((chunk) => void (/upgrade: websocket/i.test(chunk.toString('latin1')) && resolve()));
    });
    const { seen, stop } = watch(FOLLOW, {});
    await connected;
    await proxy.refuse();
    const id = await newFile(waybill.url);
    await proxy.restore();
    await until(
      () => seen.length,
      (length) => length > 0,
    );
    expect(seen.map((change) => (change as Change).fileId)).toEqual([id]);
    stop();
  });

  it('is told that its cursor has expired', async () => {
    const { feedCursor } = await client.query(READ_FEED_CURSOR);
    const { seen, ended } = watch(FOLLOW, { after: feedCursor });
    await newFile(waybill.url);
    await until(
      () => seen.length,
      (length) => length === 1,
    );
    await proxy.refuse();
    await newFile(waybill.url);
    await until(
      () => database.query(WITHOUT_POSITION),
      (waiting) => waiting.length === 0,
    );
    await database.query('update feed_head set trimmed = (select max(position) from feed_position)');
    await restart();
    await proxy.restore();
    await until(
      () => ended,
      ([code]) => code !== undefined,
    );
    expect(ended).toEqual(['CURSOR_EXPIRED']);
  });

  it('is told of a subscription that could not be resumed', async () => {
    const { ended } = watch('subscription S { fileChanges { fileId } }', {});
    await until(
      () => ended,
      ([code]) => code !== undefined,
    );
    expect(ended).toEqual(['BAD_USER_INPUT']);
  });

  it('has the end of a subscription that has one, and what is now after an interruption', async () => {
    const id = await newFile(waybill.url);
    const { seen, ended } = watch(`subscription S($id: ID!) { file(id: $id) { id version } }`, { id });
    await until(
      () => seen.at(-1),
      (file) => (file as { version: number } | undefined)?.version === 0,
    );
    await proxy.refuse();
    await transition(waybill.url, id, 'START_UPLOAD');
    await proxy.restore();
    await until(
      () => seen.at(-1),
      (file) => (file as { version: number }).version === 1,
    );
    await deleteFile(waybill.url, id);
    // urql tells nobody that a subscription has ended.
    if (name === 'urql') return;
    await until(
      () => ended,
      ([code]) => code !== undefined,
    );
    expect(ended).toEqual(['complete']);
  });

  it('is told that the client was closed', async () => {
    const { seen, ended } = watch(FOLLOW, {});
    client.close();
    await until(
      () => ended,
      ([code]) => code !== undefined,
    );
    expect([seen, ended]).toEqual([[], ['CLOSED']]);
  });
});

it('the cache of Apollo Client follows the feed', async () => {
  const cache = createApolloCache();
  const apollo = new ApolloClient({ cache, link: waybillLink(client) });
  const { feedCursor } = await client.query(READ_FEED_CURSOR);
  const subscription = apollo.subscribe({ query: gql(FOLLOW), variables: { after: feedCursor } }).subscribe({});
  const id = await newFile(waybill.url);
  proxy.cut();
  await transition(waybill.url, id, 'START_UPLOAD');
  await until(
    () => cache.extract()[`File:${id}`],
    (file) => file?.['version'] === 1 && file['state'] === 'UPLOADING',
  );
  subscription.unsubscribe();
});
