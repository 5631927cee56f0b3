// The process that sends is stopped (SIGSTOP) in the middle of a delivery, loses its webhook to another, and comes back: it
// changes nothing and sends nothing more.
import type { ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { newFile, transition } from '../support/client.ts';
import { createDatabase } from '../support/database.ts';
import { startInstance } from '../support/instance.ts';
import { startProcess } from '../support/process.ts';
import { until } from '../support/until.ts';
import {
  ALLOW_LOOPBACK,
  answerStatus,
  changesOf,
  createWebhook,
  readWebhook,
  startReceiver,
} from '../support/webhook-receiver.ts';

const PATIENCE_MS = 60_000;

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function heldBy(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^waybill_webhooks_held (\d+)$/m.exec(text)?.[1]);
}

it('a sender that was stopped and comes back changes nothing and sends nothing', async () => {
  const receiver = await startReceiver();
  opened.push(() => receiver.close());
  const database = await createDatabase();
  opened.push(() => database.drop());
  const env = { ...ALLOW_LOOPBACK, WAYBILL_WEBHOOK_TIMEOUT: '10m' };
  const stopped = await startProcess({ ...env, DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir });
  opened.push(() => stopped.end('SIGKILL'));
  const { id } = await createWebhook(stopped.url, receiver.url);
  const held: ServerResponse[] = [];
  receiver.answer = (_one, response) => void held.push(response);
  const file = await newFile(stopped.url);
  await until(
    () => held.length,
    (length) => length === 1,
  );
  const next = await startInstance({ database, env });
  opened.push(() => next.stop());
  stopped.child.kill('SIGSTOP');
  receiver.answer = answerStatus(204);
  await until(
    () => heldBy(next.url),
    (count) => count === 1,
    PATIENCE_MS,
  );
  for (const event of ['START_UPLOAD', 'FAIL_UPLOAD']) await transition(next.url, file, event);
  await until(
    () => readWebhook(next.url, id),
    ({ deliveries }) => deliveries.length === 3 && deliveries.every(({ state }) => state === 'DELIVERED'),
    PATIENCE_MS,
  );
  const rows = (): Promise<unknown> =>
    database.query(`select position, fingerprint, epoch, holder, state, failing_since,
      (select json_agg(d order by position) from webhook_delivery d) as deliveries from webhook`);
  const [before, { length }] = [await rows(), receiver.received];

  // What it was sending fails: it would have the change parked, and tried again.
  held[0]!.writeHead(500).end();
  stopped.child.kill('SIGCONT');
  await until(
    () => heldBy(stopped.url),
    (count) => count === 0,
    PATIENCE_MS,
  );
  expect(await rows()).toEqual(before);
  expect(receiver.received).toHaveLength(length);
  await transition(stopped.url, file, 'RETRY');
  await until(
    () => changesOf(receiver.received, file),
    (changes) => changes.length === 4,
    PATIENCE_MS,
  );
  expect(changesOf(receiver.received, file)).toEqual(['0', '1', '2', '3']);
});
