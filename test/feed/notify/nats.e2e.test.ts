// The program with NATS between its replicas: NATS away at the start, killed, stopped and back, with accounts of its own, beside
// replicas that still use LISTEN. The service goes on, and no password is logged.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, collect, readCursor } from '../../support/changes.ts';
import { newFile, transition } from '../../support/client.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { get, readMetric } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { NatsServer, hasNats } from '../../support/nats-server.ts';
import { reportProgress } from '../../support/operations.ts';
import { until } from '../../support/until.ts';

const LOST = 'no connection to NATS: changes of other replicas are found by polling until there is one';
const CONNECTED = 'signals between replicas go over NATS';

describe.skipIf(!hasNats)('with NATS', () => {
  let stack: AsyncDisposableStack;
  let database: TestDatabase;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    database = await createDatabase();
    stack.defer(() => database.drop());
  });
  afterEach(() => stack.disposeAsync());

  async function startNats(...args: string[]): Promise<NatsServer> {
    const nats = await NatsServer.start(...args);
    stack.defer(() => nats.kill());
    return nats;
  }

  async function start(notifyUrl: string | null): Promise<Instance> {
    const env = notifyUrl === null ? {} : { WAYBILL_NOTIFY_URL: notifyUrl };
    const instance = await startInstance({ database, env, role: 'api' });
    stack.defer(() => instance.stop());
    return instance;
  }

  async function watch({ url }: Instance): Promise<Collector> {
    const collector = collect(url, await readCursor(url));
    stack.defer(() => collector.stop());
    return collector;
  }

  const isConnected = ({ url }: Instance, expected: 0 | 1): Promise<unknown> =>
    until(
      () => readMetric(url, 'waybill_signals_connected'),
      (value) => value === expected,
    );

  const told = ({ log }: Instance, message: string): number => log.filter(({ msg }) => msg === message).length;

  let made: number;
  /** A change of each replica reaches the subscribers of all, once and in order. */
  async function expectChanges(instances: readonly Instance[], collectors: readonly Collector[]): Promise<void> {
    for (const { url } of instances) {
      expect((await get(url, '/readyz')).status).toBe(200);
      await newFile(url);
      made += 1;
    }
    for (const { seen } of collectors) {
      await until(
        () => seen.length,
        (length) => length >= made,
      );
    }
    const cursors = collectors.map(({ seen }) => seen.map(({ cursor }) => cursor));
    expect(cursors.every((each) => each.length === made && String(each) === String(cursors[0]))).toBe(true);
  }

  /** Each replica takes changes from signals. Any single change may also be found by polling, whichever comes first. */
  const untilSignalled = (instances: readonly Instance[], collectors: readonly Collector[]): Promise<unknown> =>
    until(
      async () => {
        await expectChanges(instances, collectors);
        return Promise.all(instances.map(({ url }) => readMetric(url, 'waybill_feed_signalled_total')));
      },
      (signalled) => Math.min(...signalled) > 0,
    );

  it('goes on while NATS is away at the start, killed and stopped, and uses it when it is back', async () => {
    made = 0;
    const nats = await startNats();
    await nats.kill();
    const instances = [await start(nats.url), await start(nats.url)];
    const collectors = await Promise.all(instances.map(watch));
    await expectChanges(instances, collectors);
    for (const each of instances) await until(() => told(each, LOST), Boolean);

    await nats.restart();
    for (const each of instances) await isConnected(each, 1);
    await expectChanges(instances, collectors);

    await nats.kill();
    for (const each of instances) await isConnected(each, 0);
    await expectChanges(instances, collectors);

    await nats.restart();
    for (const each of instances) await isConnected(each, 1);
    nats.child?.kill('SIGSTOP');
    await expectChanges(instances, collectors);
    for (const each of instances) await isConnected(each, 0);
    await expectChanges(instances, collectors);

    nats.child?.kill('SIGCONT');
    for (const each of instances) await isConnected(each, 1);
    await expectChanges(instances, collectors);
    for (const each of instances) expect([told(each, LOST), told(each, CONNECTED)]).toEqual([3, 3]);
    await untilSignalled(instances, collectors);
  });

  it.each([
    ['a user and a password', ['--user', 'waybill', '--pass', 'p@ss,w/rd'], 'waybill:p%40ss%2Cw%2Frd'],
    ['a token', ['--auth', 's3cret-token'], 's3cret-token'],
  ])('signs in with %s, and never logs them', async (_what, args, secret) => {
    const nats = await startNats(...args);
    const [instance, refused] = [
      await start(`nats://${secret}@127.0.0.1:${nats.port}`),
      await start(`nats://wrong-${secret}@127.0.0.1:${nats.port}`),
    ];
    await isConnected(instance, 1);
    await until(() => told(refused, LOST), Boolean);
    expect((await get(refused.url, '/readyz')).status).toBe(200);
    await isConnected(refused, 0);
    await nats.kill();
    await until(() => told(instance, LOST), Boolean);
    const logged = JSON.stringify([instance.log, refused.log]);
    for (const part of [secret, decodeURIComponent(secret), ...secret.split(':')]) expect(logged).not.toContain(part);
    expect(refused.log.find(({ msg }) => msg === LOST)).toMatchObject({
      hosts: [`127.0.0.1:${nats.port}`],
      reason: 'Authorization Violation',
    });
  });

  it('is not taken for connected where it may not subscribe', async () => {
    const config = join(tmpdir(), `waybill-nats-${process.pid}.conf`);
    await writeFile(
      config,
      `authorization { users: [{ user: a, password: b, permissions: { subscribe: "other.>" } }] }`,
    );
    stack.defer(() => rm(config));
    const nats = await startNats('--config', config);
    const instance = await start(`nats://a:b@127.0.0.1:${nats.port}`);
    await until(() => told(instance, LOST), Boolean);
    expect(String(instance.log.find(({ msg }) => msg === LOST)?.['reason'])).toMatch(/permission/i);
    await isConnected(instance, 0);
  });

  it('takes any server of a list', async () => {
    const [away, nats] = [await startNats(), await startNats()];
    await away.kill();
    const instance = await start(`${away.url},${nats.url}`);
    await isConnected(instance, 1);
  });

  it('replicas that use LISTEN and replicas that use NATS lose nothing between them', async () => {
    made = 0;
    const nats = await startNats();
    const instances = [await start(null), await start(nats.url), await start(null), await start(nats.url)];
    const collectors = await Promise.all(instances.map(watch));
    await isConnected(instances[1]!, 1);
    for (let round = 0; round < 3; round += 1) await expectChanges(instances, collectors);
  });

  it('progress at one replica reaches the subscribers of another', async () => {
    const nats = await startNats();
    const [here, elsewhere] = [await start(nats.url), await start(nats.url)];
    for (const each of [here, elsewhere]) await isConnected(each, 1);
    const id = await newFile(here.url, { size: 1_000_000 });
    await transition(here.url, id, 'START_UPLOAD');
    const collector = collect(elsewhere.url, null, { kinds: ['PROGRESSED'], ids: [id] });
    stack.defer(() => collector.stop());
    let bytes = 0;
    await until(
      async () => {
        await reportProgress(here.url, id, (bytes += 1));
        return collector.seen.length;
      },
      (count) => count > 0,
    );
  });
});
