// Signals over a real NATS server: changes come with them, and whatever is wrong with a signal, the log decides.
import { createSecretKey } from 'node:crypto';
import { type NatsConnection, connect } from '@nats-io/transport-node';
import pg, { type Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseNatsServers } from '../../../src/config-notify.ts';
import { LOGGED_CHANGES, type LoggedChange } from '../../../src/feed/change.ts';
import type { Feed } from '../../../src/feed/feed.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { FEED_CHANNEL } from '../../../src/feed/notify/channels.ts';
import { printSignal } from '../../../src/feed/notify/feed-signal.ts';
import { natsNotifier } from '../../../src/feed/notify/nats.ts';
import { Seal, readSeal } from '../../../src/feed/notify/seal.ts';
import { createLogger } from '../../../src/log.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { insertChange, makeChange, makeFile, readAll, startFeed } from '../../support/feed.ts';
import { NatsServer, hasNats } from '../../support/nats-server.ts';
import { openPool } from '../../support/pool.ts';
import { THIS_DATABASE, resetCosts } from '../../support/statement-costs.ts';
import { until } from '../../support/until.ts';

async function countPolls(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ calls: string }>(
    `select coalesce(sum(calls), 0) as calls from pg_stat_statements
      where query like '%lower(gap)%as since%' and dbid = ${THIS_DATABASE}`,
  );
  return Number(row!.calls);
}

describe.skipIf(!hasNats)('with NATS', () => {
  let database: TestDatabase;
  let nats: NatsServer;
  let stack: AsyncDisposableStack;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    database = await createDatabase();
    stack.defer(() => database.drop());
    nats = await NatsServer.start();
    stack.defer(() => nats.kill());
  });
  afterEach(() => stack.disposeAsync());

  interface Replica {
    readonly feed: Feed;
    readonly pool: Pool;
    /** What a subscriber that began with the replica has received. */
    readonly seen: LoggedChange[];
  }

  /** Never asks the database by itself: what it misses, it misses. */
  const startQuiet = (): Promise<Replica> => startReplica(database, 60_000);

  async function startReplica({ url } = database, pollMs = 250): Promise<Replica> {
    const pool = openPool(url, 4);
    stack.defer(() => pool.end());
    const servers = parseNatsServers(nats.url)!;
    const openNotifier = natsNotifier({ pool, servers, log: createLogger('silent') });
    const feed = await startFeed(pool, url, { openNotifier, pollMs });
    stack.defer(() => feed.stop());
    const seen: LoggedChange[] = [];
    const stream = await feed.changes('local', LOGGED_CHANGES, feed.cursorAt(feed.place));
    stream.deliverTo({
      offer: (each) => seen.push(each as LoggedChange) > 0,
      take: () => Promise.resolve(),
      end: () => undefined,
    });
    await until(() => feed.gauges.signals.isConnected, Boolean);
    return { feed, pool, seen };
  }

  const hasSeen = ({ seen }: Replica, count: number): Promise<unknown> =>
    until(
      () => seen.length,
      (length) => length >= count,
    );

  /** Writes a change, and has a replica sequence it. */
  async function change(replica: Replica, index: number, metadata: Record<string, unknown> = {}): Promise<void> {
    await insertChange(replica.pool, index, 0, 0, { metadata });
    const { length } = replica.seen;
    replica.feed.wake();
    await hasSeen(replica, length + 1);
  }

  /** Of a stranger who may use the same server. */
  async function connectStranger(): Promise<NatsConnection> {
    const connection = await connect({ servers: `127.0.0.1:${nats.port}` });
    stack.defer(() => connection.close());
    return connection;
  }

  const refusals = ({ feed }: Replica, count: number): Promise<unknown> =>
    until(
      () => feed.gauges.signals.refused,
      (refused) => refused >= count,
    );

  it('changes come with the signals of other replicas, as they are in the log, and are not read', async () => {
    const replicas = [await startQuiet(), await startQuiet()] as const;
    let signalled = [0, 0];
    // The first two may have been read: each asks the database once it is connected.
    for (let index = 0; index < 22; index += 1) {
      await change(replicas[index % 2]!, index, { index });
      for (const each of replicas) await hasSeen(each, index + 1);
      if (index === 1) signalled = replicas.map(({ feed }) => feed.gauges.signals.changes);
    }
    const log = await readAll(replicas[0].pool);
    for (const [at, { seen, feed }] of replicas.entries()) {
      expect(seen).toEqual(log);
      expect(feed.gauges.signals).toEqual({ isConnected: true, refused: 0, changes: signalled[at]! + 10 });
    }
  });

  it('the commit of the sequencer does not notify', async () => {
    const replica = await startReplica();
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    stack.defer(() => listener.end());
    const heard: (string | undefined)[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query(`listen ${FEED_CHANNEL}`);
    for (let index = 0; index < 3; index += 1) await change(replica, index);
    await database.query(`select pg_notify('${FEED_CHANNEL}', 'the end')`);
    await until(
      () => heard,
      (payloads) => payloads.includes('the end'),
    );
    expect(heard).toEqual(['the end']);
  });

  it('a replica asks the database far less often than one that listens', async () => {
    const other = await createDatabase();
    stack.defer(() => other.drop());
    for (const each of [database, other]) await each.query('create extension pg_stat_statements');
    await startReplica();
    const pool = openPool(other.url, 4);
    stack.defer(() => pool.end());
    const listening = await startFeed(pool, other.url);
    stack.defer(() => listening.stop());
    for (const each of [database, other]) await resetCosts(each);
    await until(
      () => countPolls(other),
      (polls) => polls >= 24,
    );
    const polls = await countPolls(database);
    expect(polls).toBeGreaterThan(0);
    expect(polls).toBeLessThan(24 / 3);
  });

  it('a batch that is too large for a signal is read from the log', async () => {
    const [one, two] = [await startReplica(), await startReplica()];
    await change(one, 1, { text: 'x'.repeat(300_000) });
    await hasSeen(two, 1);
    expect(two.seen).toEqual(one.seen);
    expect(two.feed.gauges.signals).toMatchObject({ refused: 0, changes: 0 });
  });

  it('nothing that a stranger publishes is believed, and nothing is lost by it', async () => {
    const [one, two] = [await startReplica(), await startReplica()];
    await change(one, 1);
    await hasSeen(two, 1);
    const { feedId } = await readSeal(one.pool);
    const subject = `waybill.${feedId}.feed`;
    const stranger = await connectStranger();
    const next = makeChange(2, makeFile({ name: 'made up' }));
    const text = printSignal({ head: 2, batch: { after: two.feed.place, changes: [next] } }, 2 ** 20);
    const madeUp = [
      new Uint8Array(),
      Buffer.alloc(37),
      Buffer.alloc(38),
      text,
      new Seal(feedId, createSecretKey(Buffer.alloc(32)), 'another database').close('feed', text),
    ];
    for (const message of madeUp) stranger.publish(subject, message);
    await refusals(two, madeUp.length);
    await change(one, 2);
    await hasSeen(two, 2);
    expect(two.seen).toEqual(await readAll(one.pool));
  });

  it('a signal that was recorded is of no use: not again, not changed, not as another kind', async () => {
    const [one, two] = [await startReplica(), await startReplica()];
    const stranger = await connectStranger();
    const recorded: Uint8Array[] = [];
    const prefix = `waybill.${(await readSeal(one.pool)).feedId}`;
    stranger.subscribe(`${prefix}.feed`, { callback: (_error, { data }) => void recorded.push(data) });
    await stranger.flush();
    await change(one, 1, { secret: 'nobody else reads this' });
    await hasSeen(two, 1);
    const [message] = await until(
      () => recorded,
      ({ length }) => length === 1,
    );
    expect(Buffer.from(message!).includes('nobody')).toBe(false);
    const changed = Uint8Array.from(message!, (byte, at) => (at === 20 ? byte ^ 1 : byte));
    stranger.publish(`${prefix}.progress`, message);
    stranger.publish(`${prefix}.feed`, changed);
    stranger.publish(`${prefix}.feed`, message);
    await refusals(two, 2);
    await change(one, 2);
    await hasSeen(two, 2);
    expect(two.seen).toEqual(await readAll(one.pool));
    expect(two.feed.gauges.signals.refused).toBe(2);
  });

  it('databases on one NATS server do not mix, not even a copy with its original', async () => {
    const pool = openPool(database.url, 1);
    await insertChange(pool, 1, 0);
    await sequenceBatch(pool);
    await readSeal(pool); // makes the secret
    await pool.end();
    const other = await createDatabase();
    stack.defer(() => other.drop());
    await other.query('update feed_head set feed_id = gen_random_uuid()');
    const name = `copy_${new URL(database.url).pathname.slice(1)}`;
    await other.query(`create database ${name} template ${new URL(database.url).pathname.slice(1)}`);
    stack.defer(() => other.query(`drop database ${name} with (force)`).then(() => undefined));
    const copy = { ...database, url: Object.assign(new URL(database.url), { pathname: `/${name}` }).href };

    const [here, there, elsewhere] = [await startReplica(), await startReplica(copy), await startReplica(other)];
    expect(here.feed.place).toEqual(there.feed.place);
    await change(there, 2, { of: 'the copy' });
    await change(elsewhere, 1, { of: 'another' });
    await refusals(here, 1);
    expect(here.feed.gauges.signals.changes).toBe(0);
    await change(here, 3);
    expect(here.seen).toEqual((await readAll(here.pool)).slice(1));
    expect(elsewhere.feed.gauges.signals).toMatchObject({ refused: 0, changes: 0 });
  });

  it('signals are understood again after the secret was replaced', async () => {
    const [one, two] = [await startReplica(), await startReplica()];
    await database.query(`update signing_secret set secret = reverse(secret)`);
    const three = await startReplica(); // has read the new one
    for (let index = 0; index < 60 && two.feed.gauges.signals.changes < 2; index += 1) {
      await change(three, index);
      for (const each of [one, two]) await hasSeen(each, index + 1);
    }
    expect(two.feed.gauges.signals.changes).toBeGreaterThanOrEqual(2);
    expect(two.seen).toEqual(await readAll(one.pool));
  });
});
