// Cursors from which a client cannot resume: it gets a typed error, with the oldest cursor that works.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collect, readCursor } from '../support/changes.ts';
import { newFile, transition } from '../support/client.ts';
import { makeChanges, newFiles } from '../support/cycles.ts';
import { readStream } from '../support/event-stream.ts';
import type { Instance } from '../support/instance.ts';
import { deleteFile, readHistory } from '../support/operations.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { silentSocket, silentStream } from '../support/silent-client.ts';
import { until } from '../support/until.ts';

let replicas: Replicas;
let one: string;
beforeEach(async () => {
  // Who reads nothing is not to be closed for that while much is written.
  replicas = await startReplicas({ WAYBILL_SLOW_CLIENT_TIMEOUT: '1h' });
  [one] = replicas.urls;
});
afterEach(() => replicas.stop());

const RETENTION_MS = 300;

/** Starts a replica that prunes the whole feed, and waits until it has. */
async function pruneEverything(): Promise<Instance> {
  await sleep(RETENTION_MS + 100);
  const pruning = await replicas.add({ WAYBILL_LOG_RETENTION: `${RETENTION_MS}ms` });
  await until(
    () =>
      replicas.database.query<{ left: string }>(
        'select (select max(position) from feed_position) - trimmed as left from feed_head',
      ),
    ([head]) => head?.left === '0',
    90_000, // while another replica prunes it waits for its next turn, a minute later
  );
  return pruning;
}

const errorOf = ({ failure }: { failure: unknown }): unknown =>
  (failure as { errors?: { extensions: unknown }[] } | undefined)?.errors?.[0]?.extensions;

const failed = (collector: { failure: unknown }): Promise<unknown> =>
  until(
    () => collector.failure,
    (failure) => failure !== undefined,
  );

const PLAIN = 'subscription { fileChanges { cursor } }';

it('a cursor from before the pruning is expired, and the oldest one in the error works', async () => {
  const after = await readCursor(one);
  const id = await newFile(one);
  await transition(one, id, 'START_UPLOAD');
  const { url } = await pruneEverything();

  const late = collect(url, after);
  await failed(late);
  await late.stop();
  const { code, oldestCursor } = errorOf(late) as { code: string; oldestCursor: string };
  expect(code).toBe('CURSOR_EXPIRED');
  const blocks = await Array.fromAsync(readStream(url, PLAIN, { lastEventId: after }));
  const [event] = blocks.filter((block) => block.event === 'next');
  expect(JSON.parse(event!.data!)).toMatchObject({ errors: [{ extensions: { code, oldestCursor } }] });

  const resumed = collect(url, oldestCursor);
  await transition(one, id, 'COMPLETE_UPLOAD');
  await until(
    () => resumed.seen,
    ({ length }) => length === 1,
  );
  await resumed.stop();
  expect(resumed.seen).toMatchObject([{ fileId: id, version: 2 }]);
});

it('pruning keeps the history of a file that exists, and deletes that of a deleted one, and old keys', async () => {
  const [living, gone] = [await newFile(one), await newFile(one)];
  for (const id of [living, gone]) await transition(one, id, 'START_UPLOAD', { idempotencyKey: 'first' });
  await deleteFile(one, gone);
  const { url } = await pruneEverything();

  expect((await readHistory(url, living))?.map(({ version }) => version)).toEqual([1]);
  const rows = await replicas.database.query<{ id: string }>(
    `select distinct 'file_' || file_id as id from file_change`,
  );
  expect(rows).toEqual([{ id: living }]);
  // The key is no longer known, so this is a new request: the file has moved on, and it is rejected.
  expect(await transition(url, living, 'START_UPLOAD', { idempotencyKey: 'first' })).toMatchObject({
    code: 'TRANSITION_NOT_ALLOWED',
    file: { version: 1 },
  });
});

it('a cursor is invalid if it is malformed, of another feed, or from the future', async () => {
  const [feed] = Buffer.from(await readCursor(one), 'base64url')
    .toString()
    .split(':');
  for (const cursor of ['', 'x', `${feed}:`, `${feed}:-1`, `${feed}:1e3`, `${feed}:99`, `${feed}0:0`]) {
    const collector = collect(one, Buffer.from(cursor).toString('base64url'));
    await failed(collector);
    await collector.stop();
    expect(errorOf(collector), cursor).toMatchObject({ code: 'INVALID_CURSOR' });
  }
});

// As in the tests of silent clients: the socket stalls long before the ring buffer is overrun.
const METADATA_BYTES = 1_000;
const COPIES = Array.from({ length: 20 }, (_, at) => `copy${at}: file { metadata }`).join(' ');
const FAT = `subscription { fileChanges { cursor ... on FileTransitioned { ${COPIES} } } }`;

it('a WebSocket subscriber that the pruning overtakes gets CURSOR_EXPIRED, and its socket stays open', async () => {
  const ids = await newFiles(one, METADATA_BYTES);
  const slow = await silentSocket(one, FAT);
  await makeChanges(one, ids, 10_000);
  await pruneEverything();
  slow.resume();
  const error = await until(
    () => slow.errors[0],
    (errors) => errors !== undefined,
  );
  expect(error).toMatchObject([{ extensions: { code: 'CURSOR_EXPIRED', oldestCursor: expect.any(String) as string } }]);
  expect(slow.isOpen).toBe(true);
  slow.leave();
});

it('an event stream that the pruning overtakes gets CURSOR_EXPIRED, and is completed', async () => {
  const ids = await newFiles(one, METADATA_BYTES);
  const slow = await silentStream(one, FAT);
  await makeChanges(one, ids, 10_000);
  await pruneEverything();
  const { completed, tail } = await slow.readOn();
  expect(tail).toContain('"code":"CURSOR_EXPIRED","oldestCursor":"');
  expect(tail).toMatch(/event: complete\ndata:\n\n$/);
  expect(completed).toBe(true);
});
