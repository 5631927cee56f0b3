// A receiver of webhooks: it keeps what it is sent, checks signatures with the library of Standard Webhooks, and answers as told.
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { request } from './client.ts';

export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: MessageShape;
}

export interface MessageShape {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly kind: string;
    readonly cursor: string;
    readonly fileId: string;
    readonly file?: { readonly id: string; readonly state: string; readonly version: number };
    readonly transition?: { readonly version: number };
  };
}

/** Writes the answer; left out: 204. */
export type Answer = (received: Received, response: ServerResponse, message: IncomingMessage) => void;

export interface Receiver {
  readonly url: string;
  /** In the order of arrival, repeats included, whatever was answered. */
  readonly received: Received[];
  answer: Answer;
  close(): Promise<void>;
}

export const answerStatus =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_received, response) =>
    void response.writeHead(status, headers).end();

export async function startReceiver(answer: Answer = answerStatus(204)): Promise<Receiver> {
  const received: Received[] = [];
  const receiver = { received, answer };
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = JSON.parse(text) as MessageShape;
      const one = { id: String(message.headers['webhook-id']), headers: message.headers, text, body };
      received.push(one);
      receiver.answer(one, response, message);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** @throws when the signature is not of the secret, as receivers check it */
export const verify = (secret: string, { text, headers }: Received): unknown =>
  new Webhook(secret).verify(text, headers as Record<string, string>);

/** Lets webhooks reach this machine. */
export const ALLOW_LOOPBACK = { WAYBILL_WEBHOOK_ALLOW: '127.0.0.0/8' };

export interface WebhookShape {
  readonly id: string;
  readonly state: string;
  readonly disabledReason: string | null;
  readonly cursor: string;
}

export interface WebhookResult {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly field?: string | null;
  readonly secret?: string;
  readonly webhook?: WebhookShape;
}

/** @param name of the mutation, such as `createWebhook` */
export async function webhookMutation(
  url: string,
  name: string,
  input: Record<string, unknown>,
): Promise<WebhookResult> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  const secret = name === 'createWebhook' || name === 'rotateWebhookSecret' ? 'secret' : '';
  const shown = name === 'deleteWebhook' ? 'id' : `${secret} webhook { id state disabledReason cursor }`;
  const query = `mutation M($input: ${type}Input!) { result: ${name}(input: $input) {
    __typename ... on RequestError { code message field } ... on ${type}Success { ${shown} } } }`;
  return (await request<{ result: WebhookResult }>(url, query, { input })).result;
}

export interface CreatedWebhook extends WebhookShape {
  readonly secret: string;
}

export async function createWebhook(
  url: string,
  to: string,
  input: Record<string, unknown> = {},
): Promise<CreatedWebhook> {
  const { webhook, secret, ...refusal } = await webhookMutation(url, 'createWebhook', { url: to, ...input });
  if (webhook === undefined || secret === undefined) throw new Error(`not created: ${JSON.stringify(refusal)}`);
  return { ...webhook, secret };
}

export interface DeliveryShape {
  readonly id: string;
  readonly fileId: string;
  readonly state: string;
  readonly attempts: number;
  readonly status: number | null;
  readonly error: string | null;
}

export async function readWebhook(
  url: string,
  id: string,
): Promise<WebhookShape & { readonly deliveries: readonly DeliveryShape[] }> {
  const query = `query W($id: ID!) { node(id: $id) { ... on Webhook { id state disabledReason cursor
    deliveries(first: 1000) { edges { node { id fileId state attempts status error } } } } } }`;
  const { node } = await request<{
    node: WebhookShape & { deliveries: { edges: { node: DeliveryShape }[] } };
  }>(url, query, { id });
  return { ...node, deliveries: node.deliveries.edges.map((edge) => edge.node) };
}

/** `REGISTERED` and versions as a file's receiver sees them, each change once. */
export function changesOf(received: readonly Received[], fileId: string): string[] {
  const own = received.filter(({ body }) => body.data.fileId === fileId);
  const firsts = own.filter(({ id }, at) => own.findIndex((each) => each.id === id) === at);
  return firsts.map(({ body: { data } }) => (data.kind === 'DELETED' ? 'DELETED' : String(data.file!.version)));
}
