// Receivers that are slow, and hold every request that their webhooks may have at once, are not in the way of others.
import type { ServerResponse } from 'node:http';
import { afterEach, it } from 'vitest';
import { newFile } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';
import { ALLOW_LOOPBACK, type Receiver, createWebhook, startReceiver } from '../support/webhook-receiver.ts';

const SLOW = 20;
/** As many successes as earn a webhook all its parallelism, and more. */
const FILES = 12;
/** One for each, and all that one tenant may have beside these. */
const MOST_HELD = SLOW + 64;

let waybill: Instance | undefined;
let receiver: Receiver | undefined;
afterEach(async () => {
  await waybill?.stop();
  await receiver?.close();
});

async function newFiles(url: string): Promise<void> {
  await Promise.all(Array.from({ length: FILES }, () => newFile(url)));
}

it('a tenant whose slow receivers hold all its requests has its quick one served as before', async () => {
  receiver = await startReceiver();
  const { received, url: to } = receiver;
  waybill = await startInstance({ env: { ...ALLOW_LOOPBACK, WAYBILL_WEBHOOK_TIMEOUT: '10m' } });
  const { url } = waybill;
  const { id: quick } = await createWebhook(url, to);
  for (let at = 0; at < SLOW; at += 1) await createWebhook(url, `${to}/${at}`);
  const isQuicks = ({ id }: { readonly id: string }): boolean => id.includes(quick.slice('webhook_'.length));
  await newFiles(url);
  await until(
    () => received.length,
    (length) => length === (SLOW + 1) * FILES,
  );

  const held: ServerResponse[] = [];
  receiver.answer = (one, response) => void (isQuicks(one) ? response.writeHead(204).end() : held.push(response));
  await newFiles(url);
  // Nothing is answered to the others meanwhile.
  await until(
    () => received.filter(isQuicks).length,
    (count) => count === 2 * FILES,
  );
  await until(
    () => held.length,
    (count) => count === MOST_HELD,
  );

  receiver.answer = (_one, response) => void response.writeHead(204).end();
  for (const response of held) response.writeHead(204).end();
  await until(
    () => received.length,
    (length) => length === 2 * (SLOW + 1) * FILES,
  );
});
