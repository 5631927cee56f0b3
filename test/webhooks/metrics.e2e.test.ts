// How far webhooks are behind, as /metrics says it: of those that are furthest behind, and without their ids.
import { afterEach, expect, it } from 'vitest';
import { newFile } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';
import {
  ALLOW_LOOPBACK,
  type Receiver,
  answerStatus,
  createWebhook,
  startReceiver,
  webhookMutation,
} from '../support/webhook-receiver.ts';

const MOST_NAMED = 10;
const FILES = 5;

let waybill: Instance | undefined;
let receiver: Receiver | undefined;
afterEach(async () => {
  await waybill?.stop();
  await receiver?.close();
});

interface Lags {
  readonly text: string;
  readonly ofWebhooks: Readonly<Record<string, number>>;
  readonly most: number;
  readonly held: number;
}

async function scrape(url: string): Promise<Lags> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const numberOf = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  const found = text.matchAll(/^waybill_webhook_lag_changes\{webhook="([^"]+)"\} (\d+)$/gm);
  return {
    text,
    ofWebhooks: Object.fromEntries(Array.from(found, ([, webhook, lag]) => [webhook, Number(lag)])),
    most: numberOf('waybill_webhook_lag_changes_max'),
    held: numberOf('waybill_webhooks_held'),
  };
}

const isAnswered = async (url: string, accepts: (lags: Lags) => boolean): Promise<Lags> =>
  until(() => scrape(url), accepts);

it('those that are furthest behind are named by the end of their id, and no more than so many', async () => {
  receiver = await startReceiver(answerStatus(500));
  waybill = await startInstance({ env: ALLOW_LOOPBACK });
  const { url } = waybill;
  const { url: to } = receiver;
  const failing = await createWebhook(url, to);
  const end = failing.id.slice(-12);
  for (let at = 0; at < FILES; at += 1) await newFile(url);
  // Parked or not, they have not arrived.
  const lags = await isAnswered(url, ({ most }) => most === FILES);
  expect(lags.ofWebhooks).toEqual({ [end]: FILES });
  expect(lags.held).toBe(1);

  const others = [];
  for (let at = 0; at < MOST_NAMED + 2; at += 1) others.push(await createWebhook(url, `${to}/${at}`));
  await newFile(url);
  const many = await isAnswered(
    url,
    ({ ofWebhooks, held }) => held === MOST_NAMED + 3 && Object.keys(ofWebhooks).length === MOST_NAMED,
  );
  expect(many.ofWebhooks[end]).toBe(FILES + 1);
  expect(many.most).toBe(FILES + 1);
  // Anybody may read the page: nobody learns an id from it, whole or without its type.
  for (const { id } of [failing, ...others]) expect(many.text).not.toContain(id.slice('webhook_'.length));

  for (const { id } of others) await webhookMutation(url, 'deleteWebhook', { id });
  receiver.answer = answerStatus(204);
  await webhookMutation(url, 'replayWebhook', { id: failing.id, after: failing.cursor });
  const none = await isAnswered(url, ({ most }) => most === 0);
  expect(none.ofWebhooks).toEqual({});
});
