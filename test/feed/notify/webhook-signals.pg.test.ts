// Replicas tell each other that a webhook was made or changed, by whichever driver.
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseNatsServers } from '../../../src/config-notify.ts';
import type { Feed, FeedOptions } from '../../../src/feed/feed.ts';
import { natsNotifier } from '../../../src/feed/notify/nats.ts';
import { readSeal } from '../../../src/feed/notify/seal.ts';
import { createLogger } from '../../../src/log.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { startFeed } from '../../support/feed.ts';
import { NatsServer, hasNats } from '../../support/nats-server.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';

let database: TestDatabase;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  database = await createDatabase();
  stack.defer(() => database.drop());
});
afterEach(() => stack.disposeAsync());

async function start(nats?: NatsServer): Promise<Feed> {
  const pool = openPool(database.url, 4);
  stack.defer(() => pool.end());
  const log = createLogger('silent');
  const options: Partial<FeedOptions> =
    nats === undefined ? {} : { openNotifier: natsNotifier({ pool, servers: parseNatsServers(nats.url)!, log }) };
  const feed = await startFeed(pool, database.url, options);
  stack.defer(() => feed.stop());
  await until(() => feed.gauges.signals.isConnected, Boolean);
  return feed;
}

function countHeard(feed: Feed): () => number {
  let heard = 0;
  feed.webhookSignals.listen(() => (heard += 1));
  return () => heard;
}

it('by LISTEN', async () => {
  const [one, two] = [await start(), await start()];
  const heard = countHeard(two);
  one.webhookSignals.announce();
  await until(heard, (count) => count > 0);
});

describe.skipIf(!hasNats)('with NATS', () => {
  it('a replica hears of it, and believes no stranger', async () => {
    const nats = await NatsServer.start();
    stack.defer(() => nats.kill());
    const [one, two] = [await start(nats), await start(nats)];
    const heard = countHeard(two);
    const pool = openPool(database.url, 1);
    const { feedId } = await readSeal(pool);
    await pool.end();
    const stranger = await connect({ servers: `127.0.0.1:${nats.port}` });
    stack.defer(() => stranger.close());
    stranger.publish(`waybill.${feedId}.webhooks`, new Uint8Array());
    await until(
      () => two.gauges.signals.refused,
      (refused) => refused === 1,
    );
    expect(heard()).toBe(0);
    one.webhookSignals.announce();
    await until(heard, (count) => count === 1);
  });
});
