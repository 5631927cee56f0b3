// Three asynchronous failovers under load, each of which loses the newest changes. Writers go on meanwhile; subscribers follow
// two replicas, by the rules of docs/frontend.md and by the client package.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';
import { createWaybill } from '../../packages/client/src/client.ts';
import { collect, readCursor } from '../support/changes.ts';
import { newFile } from '../support/client.ts';
import { NatsServer, hasNats } from '../support/nats-server.ts';
import { hasDebianPostgres } from '../support/postgres-server.ts';
import { createRandom } from '../support/random.ts';
import { until } from '../support/until.ts';
import { keepMirror } from './mirror.ts';
import { DATABASE, openThroughProxy, query, ready } from './replicas-through-proxy.ts';
import { type Primary, type Standby, startStandby } from './standby.ts';
import { newWriterLog, write } from './writer.ts';

const FAILOVERS = 3;
const FILES = 24;
/** Load before a standby is cut off, and between that and its promotion, at least: what is lost. */
const LOAD_MS = 1_000;

/** Ids and versions, in one order. */
const textOf = (files: Iterable<readonly [id: string, version: number]>): string =>
  Array.from(files, ([id, version]) => `${id} ${version}`)
    .toSorted()
    .join('\n');

const HEAD = 'select max(position)::int as head from feed_position';

it.skipIf(!hasDebianPostgres).each(hasNats ? ['LISTEN', 'NATS'] : ['LISTEN'])(
  'three times under load, with %s: the surviving log is heard once and in order, and everybody ends with the rows',
  async (notifier) => {
    await using stack = new AsyncDisposableStack();
    const nats = notifier === 'NATS' ? await NatsServer.start() : null;
    stack.defer(() => nats?.kill());
    const signals: Record<string, string> = nats === null ? {} : { WAYBILL_NOTIFY_URL: nats.url };
    // Otherwise every file might have failed for good before the last failover, and nothing would be lost in it.
    const env = { WAYBILL_MAX_ATTEMPTS: '1000000', ...signals };
    const { server, proxy, start } = await openThroughProxy(stack);
    const replicas = await start(env);
    const urls = (): string[] => replicas.map(({ url }) => url);

    const beginning = await readCursor(replicas[0].url);
    const files: string[] = [];
    for (let at = 0; at < FILES; at += 1) files.push(await newFile(replicas[0].url));
    const end = new AbortController();
    const stopWriting = new AbortController();
    stack.defer(() => {
      stopWriting.abort();
      end.abort();
    });
    const mirrors = urls().map((url) => keepMirror(url, end.signal));
    const clients = urls().map((url) => createWaybill({ url }));
    for (const client of clients) stack.defer(() => client.close());
    const lists = clients.map((client) => client.live.files());
    for (const list of lists) list.subscribe(() => undefined);
    const writers = Array.from({ length: 3 }, (_, at) =>
      write({ random: createRandom(at + 1), urls, files, signal: stopWriting.signal }, newWriterLog()),
    );

    let primary: Primary & Pick<typeof server, 'stop'> = server;
    const lost: number[] = [];
    for (let at = 0; at < FAILOVERS; at += 1) {
      const standby: Standby = await startStandby(primary);
      stack.defer(() => standby.stop());
      await sleep(LOAD_MS);
      await standby.cutOff();
      await sleep(LOAD_MS);
      // Whoever has heard of it has heard what is lost.
      const witness = await newFile(replicas[0].url);
      for (const { mirror } of mirrors) {
        await until(
          () => mirror.seen.some(({ fileId }) => fileId === witness),
          (isHeard) => isHeard,
          60_000,
        );
      }
      const [{ head: before }] = (await query<{ head: number }>(primary.url(DATABASE), HEAD)) as [{ head: number }];
      await primary.stop('SIGQUIT');
      await standby.promote();
      const [{ head: after }] = (await query<{ head: number }>(standby.url(DATABASE), HEAD)) as [{ head: number }];
      lost.push(before - after);
      proxy.retarget(standby.port);
      proxy.cut();
      await Promise.all(replicas.map(ready));
      await until(
        () => mirrors.every(({ mirror }) => mirror.forks > at),
        (isTold) => isTold,
        60_000,
      );
      primary = standby;
    }
    expect(Math.min(...lost)).toBeGreaterThan(0);
    stopWriting.abort();
    await Promise.all(writers);
    const last = await newFile(replicas[0].url);
    await until(
      () => query(primary.url(DATABASE), WITHOUT_POSITION),
      (waiting) => waiting.length === 0,
    );

    const rows = await query<{ id: string; version: number }>(
      primary.url(DATABASE),
      `select 'file_' || id as id, version from file order by id`,
    );
    const log = await query<{ id: string; version: number; position: string }>(
      primary.url(DATABASE),
      `select 'file_' || file_id as id, version, position from file_change join feed_position on log_id = id order by position`,
    );
    expect(log.map(({ position }) => Number(position))).toEqual(log.map((_, at) => at + 1));
    const whole = collect(replicas[0].url, beginning);
    await until(
      () => whole.seen.length,
      (length) => length >= log.length,
    );
    expect(whole.seen.map(({ fileId, version }) => [fileId, version])).toEqual(
      log.map(({ id, version }) => [id, version]),
    );
    await whole.stop();
    const expected = textOf(rows.map(({ id, version }) => [id, version]));
    for (const { mirror } of mirrors) {
      await until(
        // What it has read may be ahead of what it has heard.
        () => ({ kept: textOf(mirror.files), newest: mirror.seen.at(-1)?.fileId ?? last }),
        ({ kept, newest }) => kept === expected && newest === last,
      );
      expect(mirror.surprises).toEqual([]);
      // Since it last read everything: what followed in the log, each once.
      const heard = mirror.seen.map(({ fileId, version }) => `${fileId} ${version}`);
      expect(heard).toEqual(log.slice(log.length - heard.length).map(({ id, version }) => `${id} ${version}`));
    }
    for (const list of lists) {
      await until(
        () => textOf(list.getSnapshot().files.map(({ id, version }) => [id, version] as const)),
        (shown) => shown === expected,
      );
    }
    end.abort();
    await Promise.all(mirrors.map(({ ended }) => ended));
  },
  300_000,
);
