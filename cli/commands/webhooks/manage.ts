// waybill webhooks add, ls, show, rm and replay.
import {
  type Delivery,
  type WebhookFacts,
  createWebhook,
  deleteWebhook,
  listWebhooks,
  noSuchWebhook,
  readWebhook,
  replayWebhook,
} from '../../api/webhooks.ts';
import type { FileState } from '../../api/files.ts';
import type { CreateWebhookInput } from '../../generated/operations.ts';
import type { Command } from '../../context.ts';
import { EXIT, Refused } from '../../errors.ts';
import { clean } from '../../output/text.ts';
import { type Column, drawTable } from '../../output/table.ts';
import type { Screen } from '../../output/screen.ts';
import { keepRefusal, reportRefusal } from '../batches.ts';

interface Json {
  readonly json?: boolean;
}

export interface AddWebhookOptions extends Json {
  readonly url: string;
  /** Empty: all, as the kinds. */
  readonly state: readonly FileState[];
  readonly kind: readonly string[];
  readonly cloudevents?: boolean;
  readonly after?: string;
}

const orNull = (names: readonly string[]): string[] | null =>
  names.length === 0 ? null : names.map((name) => name.toUpperCase());

export const runAdd: Command<AddWebhookOptions> = async (options, { server, screen, signal }) => {
  const { url, state, kind, cloudevents, after = null, json } = options;
  const format = cloudevents ? 'CLOUDEVENTS' : 'STANDARD';
  // Which names there are, the server says.
  const input = { url, states: orNull(state), kinds: orNull(kind), format, after } as CreateWebhookInput;
  const { webhook, secret } = await createWebhook(server, input, signal);
  if (json) screen.printJson({ ...webhook, secret });
  else {
    screen.print(`${webhook.id}  ${secret}`);
    screen.note('waybill: this secret is not shown again.');
  }
  return EXIT.ok;
};

export type ListWebhooksOptions = Json;

const COLUMNS: readonly Column[] = [{ title: 'ID' }, { title: 'STATE' }, { title: 'URL' }];

export const runListWebhooks: Command<ListWebhooksOptions> = async ({ json }, { server, screen, signal }) => {
  const webhooks = await listWebhooks(server, signal);
  if (json) webhooks.forEach((webhook) => screen.printJson(webhook));
  else {
    const rows = webhooks.map(({ id, state, url }) => [id, state, clean(url)]);
    if (rows.length > 0) printTable(COLUMNS, rows, screen);
    else if (screen.isTerminal) screen.note('No webhooks.');
  }
  return EXIT.ok;
};

function printTable(columns: readonly Column[], rows: readonly string[][], screen: Screen): void {
  for (const line of drawTable(columns, rows, screen.format, { heading: screen.isTerminal })) screen.print(line);
}

export interface ShowWebhookOptions extends Json {
  readonly id: string;
  readonly limit: number;
}

export const runShowWebhook: Command<ShowWebhookOptions> = async ({ id, limit, json }, { server, screen, signal }) => {
  const found = await readWebhook(server, id, limit, signal);
  if (found === null) throw noSuchWebhook(id);
  const { webhook, deliveries } = found;
  if (json) screen.printJson({ ...webhook, deliveries });
  else {
    printWebhook(webhook, screen);
    const columns = ['ID', 'STATE', 'TRIES', 'LAST'].map((title) => ({ title }));
    if (deliveries.length > 0) printTable(columns, deliveries.map(describeDelivery), screen);
  }
  return EXIT.ok;
};

function printWebhook(webhook: WebhookFacts, screen: Screen): void {
  const { id, url, state, disabledReason, kinds, states, format, cursor, createdAt } = webhook;
  const facts = {
    id,
    url,
    state,
    disabledReason,
    kinds: kinds.join(),
    states: states?.join(),
    format,
    cursor,
    createdAt,
  };
  for (const [name, value] of Object.entries(facts)) if (value != null) screen.print(`${name}: ${clean(value)}`);
}

const describeDelivery = ({ id, state, attempts, status, error }: Delivery): string[] => [
  id,
  state,
  String(attempts),
  clean(error ?? (status === null ? '' : `status ${status}`)),
];

export interface RemoveWebhooksOptions extends Json {
  readonly ids: readonly string[];
}

export const runRemoveWebhooks: Command<RemoveWebhooksOptions> = async ({ ids, json }, { server, screen, signal }) => {
  let refused = 0;
  for (const id of ids) {
    const answer = await deleteWebhook(server, id, signal).catch(keepRefusal);
    if (answer instanceof Refused) {
      refused += 1;
      reportRefusal(id, answer, json, screen);
    } else if (json) screen.printJson({ id, ok: true });
    else screen.print(`${id}  deleted`);
  }
  return refused === 0 ? EXIT.ok : EXIT.failed;
};

export interface ReplayOptions extends Json {
  readonly id: string;
  readonly after?: string;
}

export const runReplay: Command<ReplayOptions> = async ({ id, after, json }, { server, screen, signal }) => {
  const from = after ?? (await readWebhook(server, id, 1, signal))?.webhook.cursor;
  if (from === undefined) throw noSuchWebhook(id);
  const webhook = await replayWebhook(server, { id, after: from }, signal);
  if (json) screen.printJson(webhook);
  else screen.print(`${id}  ${webhook.state}`);
  return EXIT.ok;
};
