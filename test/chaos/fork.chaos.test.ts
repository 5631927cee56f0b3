// The log is taken back on real servers, under two replicas: an asynchronous standby is promoted without the newest changes; the
// copy of a stopped data directory, a base backup or a dump is put back. Whoever had seen what is lost is told; whoever had not
// goes on.
import { expect, it } from 'vitest';
import { type Collector, collect, extensionsOf, readCursor } from '../support/changes.ts';
import { newFile, transition } from '../support/client.ts';
import type { Instance } from '../support/instance.ts';
import { NatsServer, hasNats } from '../support/nats-server.ts';
import { hasDebianPostgres } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';
import { baseBackupRestored, copyPutBack, dumpRestored, failover } from './losses.ts';
import { openThroughProxy, ready } from './replicas-through-proxy.ts';

/** Registers files and begins their uploads: two changes each. */
async function write({ url }: Instance, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const id = await newFile(url);
    await transition(url, id, 'START_UPLOAD');
    ids.push(id);
  }
  return ids;
}

const codeOf = ({ failure }: Collector): unknown => extensionsOf(failure)?.['code'];

const hasSeen = (collector: Collector, changes: number): Promise<unknown> =>
  until(
    () => collector.seen.length,
    (length) => length >= changes,
  );

const LOSSES = [
  ['a standby is promoted that lacks the newest changes', failover],
  ['the copy of a stopped data directory is put back', copyPutBack],
  ['a base backup is restored', baseBackupRestored],
  ['a dump is restored', dumpRestored],
] as const;
const NOTIFIERS = hasNats ? (['LISTEN', 'NATS'] as const) : (['LISTEN'] as const);
const WAYS = LOSSES.flatMap(([way, lossOf]) => NOTIFIERS.map((notifier) => [way, notifier, lossOf] as const));

it.skipIf(!hasDebianPostgres).each(WAYS)(
  '%s, with %s: whoever had seen more is told, on every replica',
  async (_way, notifier, lossOf) => {
    await using stack = new AsyncDisposableStack();
    const env: Record<string, string> = {};
    if (notifier === 'NATS') {
      const nats = await NatsServer.start();
      stack.defer(() => nats.kill());
      env['WAYBILL_NOTIFY_URL'] = nats.url;
    }
    const { server, proxy, start } = await openThroughProxy(stack);
    const loss = lossOf(server, proxy);
    stack.defer(() => loss.cleanUp());
    const replicas = await start(env);
    const [one, two] = replicas;

    const beginning = await readCursor(one.url);
    const kept = await write(one, 5);
    const first = collect(two.url, beginning);
    await hasSeen(first, 10);
    const before = first.seen.at(-1)!.cursor;
    await first.stop();
    await loss.prepare();
    await Promise.all(replicas.map(ready));

    const followers = replicas.map(({ url }) => collect(url, before));
    await write(one, 4);
    for (const follower of followers) await hasSeen(follower, 8);
    const lost = followers[0]!.seen.at(-1)!.cursor;

    await loss.takeBack();
    for (const follower of followers) {
      await until(
        () => follower.failure,
        (failure) => failure !== undefined,
        60_000,
      );
      expect(codeOf(follower)).toBe('FEED_FORKED');
      await follower.stop();
    }
    await Promise.all(replicas.map(ready));
    const added = await write(two, 6); // passes what is lost
    for (const { url } of replicas) {
      const refused = collect(url, lost);
      await until(
        () => codeOf(refused),
        (code) => code === 'FEED_FORKED',
      );
      await refused.stop();
      const whole = collect(url, beginning);
      const rest = collect(url, before);
      await hasSeen(whole, 22);
      await hasSeen(rest, 12);
      expect(whole.seen.map(({ fileId }) => fileId)).toEqual([...kept, ...added].flatMap((id) => [id, id]));
      expect(rest.seen.map(({ fileId }) => fileId)).toEqual(added.flatMap((id) => [id, id]));
      await whole.stop();
      await rest.stop();
    }
    for (const { log } of replicas)
      expect(log.filter(({ msg }) => msg.startsWith('the log was taken back'))).toHaveLength(1);
  },
  300_000,
);
