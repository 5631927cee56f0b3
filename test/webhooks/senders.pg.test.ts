// Which replica sends to which webhook: after a change made elsewhere, when replicas come and go, and when one is not heard of.
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_PRINCIPAL } from '../../src/auth/principal.ts';
import type { SendersOptions } from '../../src/webhooks/sending/senders.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange } from '../support/feed.ts';
import { type SendingReplica, startSendingReplica } from '../support/sending-replica.ts';
import { until } from '../support/until.ts';
import { type Receiver, answerStatus, changesOf, startReceiver } from '../support/webhook-receiver.ts';

const NEVER_MS = 36e5;

let database: TestDatabase;
let receiver: Receiver;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  database = await createDatabase();
  stack.defer(() => database.drop());
  receiver = await startReceiver();
  stack.defer(() => receiver.close());
});
afterEach(() => stack.disposeAsync());

async function start(options: Partial<SendersOptions> = {}): Promise<SendingReplica> {
  const replica = await startSendingReplica(database.url, options);
  stack.defer(() => replica.stop());
  return replica;
}

const heldBy = ({ senders, feed }: SendingReplica): number => senders.lags(feed.head).length;

const arrived = (index: number, count: number): Promise<string[]> =>
  until(
    () => changesOf(receiver.received, `file_${fileIdOf(index)}`),
    (changes) => changes.length === count,
  );

interface Rows {
  readonly position: number;
  readonly deliveries: readonly { readonly state: string }[] | null;
}

/** All that senders write, as of one moment. */
async function readRows(): Promise<Rows> {
  const [rows] = await database.query<Rows>(`select position::int, fingerprint, epoch, holder, state, failing_since,
    (select json_agg(d order by position) from webhook_delivery d) as deliveries from webhook`);
  return rows!;
}

describe('a webhook that is changed at another replica', () => {
  it('is begun, ended and begun anew at its signal, not in the next round', async () => {
    const sending = await start({ roundMs: NEVER_MS, leaseMs: NEVER_MS });
    // Its own first round has found nothing, and there is no other.
    const other = await start({ roundMs: NEVER_MS, leaseMs: NEVER_MS });
    await other.senders.stop();
    const id = await other.create(receiver.url);
    await until(
      () => heldBy(sending),
      (count) => count === 1,
    );
    await insertChange(other.pool, 1, 0);
    await arrived(1, 1);
    await other.webhooks.update(LOCAL_PRINCIPAL, id, { state: 'PAUSED' });
    await until(
      () => heldBy(sending),
      (count) => count === 0,
    );
    await insertChange(other.pool, 1, 1);
    await other.webhooks.update(LOCAL_PRINCIPAL, id, { state: 'ACTIVE' });
    expect(await arrived(1, 2)).toEqual(['0', '1']);
  });
});

describe('webhooks', () => {
  const WEBHOOKS = 6;

  it('are shared between replicas that come and go, and nothing is lost meanwhile', async () => {
    const first = await start();
    for (let at = 0; at < WEBHOOKS; at += 1) await first.create(receiver.url);
    const shares = (replicas: readonly SendingReplica[], each: number): Promise<number[]> =>
      until(
        () => replicas.map(heldBy),
        (counts) => counts.every((count) => count === each),
      );
    await shares([first], WEBHOOKS);
    await insertChange(first.pool, 1, 0);
    const second = await start();
    await insertChange(first.pool, 1, 1);
    await shares([first, second], WEBHOOKS / 2);
    await insertChange(first.pool, 1, 2);
    const third = await start();
    await shares([first, second, third], WEBHOOKS / 3);
    await insertChange(first.pool, 1, 3);
    await first.stop();
    await shares([second, third], WEBHOOKS / 2);
    await insertChange(second.pool, 1, 4);
    await second.stop();
    await shares([third], WEBHOOKS);
    await insertChange(third.pool, 1, 5);
    const ids = (): Set<string> => new Set(receiver.received.map(({ id }) => id));
    await until(
      () => ids().size,
      (size) => size === 6 * WEBHOOKS,
    );
  });

  it('of a replica that is not heard of go to another, and the first sends and writes nothing more', async () => {
    const lost = await start({ leaseMs: 2_000, roundMs: NEVER_MS });
    await lost.create(receiver.url);
    await insertChange(lost.pool, 1, 0);
    await arrived(1, 1);
    const held: ServerResponse[] = [];
    receiver.answer = (_one, response) => void held.push(response);
    await insertChange(lost.pool, 1, 1);
    await until(
      () => held.length,
      (length) => length === 1,
    );
    receiver.answer = answerStatus(204);
    const next = await start();
    await until(
      () => heldBy(next),
      (count) => count === 1,
    );
    await insertChange(next.pool, 1, 2);
    await arrived(1, 3);
    // Version 1 comes from both: the first has not been answered.
    const rows = await until(readRows, ({ position }) => position === 3);
    expect(rows.deliveries!.map(({ state }) => state)).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED']);
    expect(heldBy(lost)).toBe(1);
    const { length } = receiver.received;

    held[0]!.writeHead(500).end();
    // It has tried to write what became of it.
    await until(
      () => heldBy(lost),
      (count) => count === 0,
    );
    expect(await readRows()).toEqual(rows);
    expect(receiver.received).toHaveLength(length);
  });
});
