// A webhook of which too much is parked stands still: it takes nothing more from the feed, and goes on once there is room.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange } from '../support/feed.ts';
import { type SendingReplica, startSendingReplica } from '../support/sending-replica.ts';
import { until } from '../support/until.ts';
import { type Receiver, answerStatus, changesOf, startReceiver } from '../support/webhook-receiver.ts';

const MOST_PARKED = 1_000;
const CHANGES = MOST_PARKED + 20;
/** After it has come to stand still. */
const ATTEMPTS = 20;

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

const [STUCK, OTHER, LATE] = [1, 2, 3].map((index) => `file_${fileIdOf(index)}`) as [string, string, string];

const COUNT = `select count(*)::int as parked, max(position)::int as last,
  (select position from webhook)::int as place from webhook_delivery where state = 'PENDING'`;

it('stands still at the bound, remembers all of it over a restart, and then goes on in order', async () => {
  await replica.create(receiver.url);
  receiver.answer = (one, response, message) =>
    answerStatus(one.body.data.fileId === STUCK ? 500 : 204)(one, response, message);
  await insertChange(replica.pool, 1, 0, CHANGES - 1);
  await until(
    async () => (await database.query(COUNT))[0],
    (row) => row?.['parked'] === MOST_PARKED && row['place'] === MOST_PARKED,
  );
  await insertChange(replica.pool, 2, 0);
  await until(
    () => replica.senders.lags(replica.feed.head)[0]?.changes,
    (lag) => lag === CHANGES + 1,
  );
  const attempts = receiver.received.length;
  await until(
    () => receiver.received.length,
    (length) => length >= attempts + ATTEMPTS,
  );
  // Of the stuck file it is sent the first, and of others nothing.
  expect(changesOf(receiver.received, STUCK)).toEqual(['0']);
  expect(changesOf(receiver.received, OTHER)).toEqual([]);
  expect((await database.query(COUNT))[0]).toEqual({ parked: MOST_PARKED, last: MOST_PARKED, place: MOST_PARKED });

  await replica.stop();
  replica = await startSendingReplica(database.url);
  await insertChange(replica.pool, 3, 0);
  receiver.answer = answerStatus(204);
  await until(
    () => changesOf(receiver.received, LATE),
    (changes) => changes.length === 1,
  );
  await until(
    () => new Set(receiver.received.map(({ id }) => id)).size,
    (size) => size === CHANGES + 2,
    60_000,
  );
  expect(changesOf(receiver.received, STUCK)).toEqual(Array.from({ length: CHANGES }, (_, version) => String(version)));
  await until(
    async () => (await database.query(COUNT))[0]?.['parked'],
    (parked) => parked === 0,
  );
});
