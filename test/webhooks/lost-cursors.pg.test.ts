// A webhook whose cursor cannot be used any more is DISABLED, and says why; a replay sends what there is.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_PRINCIPAL } from '../../src/auth/principal.ts';
import { pruneStep } from '../../src/feed/log/pruner.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange } from '../support/feed.ts';
import { openPool } from '../support/pool.ts';
import { type SendingReplica, startSendingReplica } from '../support/sending-replica.ts';
import { takeBack } from '../support/take-back.ts';
import { until } from '../support/until.ts';
import { type Received, type Receiver, answerStatus, startReceiver } from '../support/webhook-receiver.ts';

let database: TestDatabase;
let receiver: Receiver;
let replica: SendingReplica;
beforeEach(async () => {
  database = await createDatabase();
  receiver = await startReceiver();
  replica = await startSendingReplica(database.url);
});
afterEach(async () => {
  await replica.stop();
  await receiver.close();
  await database.drop();
});

async function disabled(id: string): Promise<string | null> {
  const webhook = await until(
    () => replica.find(id),
    ({ state }) => state === 'DISABLED',
  );
  return webhook.disabledReason;
}

const arrived = (count: number): Promise<readonly Received[]> =>
  until(
    () => receiver.received,
    ({ length }) => length === count,
  );

const filesOf = (received: readonly Received[]): string[] => received.map(({ body }) => body.data.fileId);

async function commit(index: number, last: number): Promise<void> {
  await insertChange(replica.pool, index, 0, last);
  replica.feed.wake();
}

/** The cursor after a change that has arrived. */
const cursorOf = ({ body }: Received): string => body.data.cursor;

describe('FEED_FORKED', () => {
  it('disables a webhook while it follows the log, and a replay sends what took the place of what was lost', async () => {
    const id = await replica.create(receiver.url);
    await commit(1, 2);
    const before = await arrived(3);
    await takeBack(replica.pool, 1, 2);
    expect(await disabled(id)).toMatch(/^FEED_FORKED: .*Read everything anew/);
    expect(receiver.received).toHaveLength(3);

    // A cursor of what is lost is refused, and changes nothing.
    await expect(replica.webhooks.replay(LOCAL_PRINCIPAL, id, cursorOf(before[2]!))).rejects.toMatchObject({
      code: 'FEED_FORKED',
    });
    expect(await replica.find(id)).toMatchObject({ state: 'DISABLED' });
    const replayed = await replica.webhooks.replay(LOCAL_PRINCIPAL, id, cursorOf(before[0]!));
    expect(replayed).toMatchObject({ state: 'ACTIVE', disabledReason: null });
    const after = (await arrived(5)).slice(3);
    expect(filesOf(after)).toEqual([900, 901].map((index) => `file_${fileIdOf(index)}`));
    // They stand where the lost ones stood, and are not taken for repeats of these.
    expect(new Set(receiver.received.map((one) => one.id)).size).toBe(5);
  });

  it('disables a webhook that was taken over after the log was taken back', async () => {
    const id = await replica.create(receiver.url);
    await commit(1, 2);
    await arrived(3);
    await until(
      () => replica.find(id),
      ({ place }) => place.position === 3,
    );
    await replica.stop();
    const pool = openPool(database.url, 1);
    await takeBack(pool, 1, 3);
    await pool.end();
    replica = await startSendingReplica(database.url);
    expect(await disabled(id)).toMatch(/^FEED_FORKED: /);
    expect(receiver.received).toHaveLength(3);
  });
});

describe('CURSOR_EXPIRED', () => {
  it('disables a webhook that was paused for longer than the log is kept, and a replay sends what is kept', async () => {
    const id = await replica.create(receiver.url);
    receiver.answer = answerStatus(204);
    await commit(1, 0);
    const [first] = await arrived(1);
    await until(
      () => replica.find(id),
      ({ place }) => place.position === 1,
    );
    await replica.webhooks.update(LOCAL_PRINCIPAL, id, { state: 'PAUSED' });
    await commit(2, 4);
    await until(
      () => replica.feed.head,
      (head) => head === 6,
    );
    while (await pruneStep(replica.pool, 0));
    await replica.webhooks.update(LOCAL_PRINCIPAL, id, { state: 'ACTIVE' });
    expect(await disabled(id)).toMatch(/^CURSOR_EXPIRED: /);

    await expect(replica.webhooks.replay(LOCAL_PRINCIPAL, id, cursorOf(first!))).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    });
    await replica.webhooks.replay(LOCAL_PRINCIPAL, id, replica.feed.cursorAt(replica.feed.place));
    await commit(3, 1);
    expect(filesOf(await arrived(3)).slice(1)).toEqual([3, 3].map((index) => `file_${fileIdOf(index)}`));
    expect(await replica.find(id)).toMatchObject({ state: 'ACTIVE', disabledReason: null });
  });
});
