// What the operations view shows in the pictures: webhooks and their receiver, API keys, and files that come and go.
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ask } from './data.ts';

/** Of the instance. */
export const SETTINGS = {
  WAYBILL_WEBHOOK_ALLOW: '127.0.0.0/8',
  WAYBILL_QUOTA_FILES: '100000',
  WAYBILL_QUOTA_BYTES: '1GiB',
};

export interface Receiver {
  readonly url: string;
  readonly close: () => Server;
}

/** It has what comes to `/archive`, and is out of order at `/search`. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(request.url === '/archive' ? 204 : 503).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

const CREATE_WEBHOOK = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }';
const CREATE_KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename } }';

export async function operate(url: string, receiver: string): Promise<void> {
  await ask(url, CREATE_WEBHOOK, { input: { url: `${receiver}/search`, kinds: ['REGISTERED'] } });
  await ask(url, CREATE_WEBHOOK, { input: { url: `${receiver}/archive`, states: ['INDEXED', 'FAILED'] } });
  for (const [name, roles] of [
    ['scanner on the quay', ['UPLOADER']],
    ['transcription', ['WORKER']],
    ['dashboard', ['VIEWER']],
  ] as const) {
    await ask(url, CREATE_KEY, { input: { name, roles } });
  }
}

const REGISTER = `mutation ($input: [RegisterFileInput!]!) {
  registerFiles(input: $input) { ... on RegisterFileSuccess { file { id } } }
}`;
const SEND = 'mutation ($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { __typename } }';
const CLAIM = `mutation ($input: ClaimFilesInput!) { claimFiles(input: $input) { leaseToken file { id } } }`;

interface Claimed {
  readonly leaseToken: string;
  readonly file: { readonly id: string };
}

/** So many files come, are taken by a worker that is not always fast enough, and end. */
export async function work(url: string, files: number): Promise<void> {
  const input = Array.from({ length: Math.round(files) }, (_, at) => ({
    name: `readings/${Date.now()}-${at}.csv`,
    transfer: 'EXTERNAL',
  }));
  type Registered = { readonly registerFiles: readonly { readonly file: { readonly id: string } }[] };
  const { registerFiles } = await ask<Registered>(url, REGISTER, { input });
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD']) {
    await ask(url, SEND, { input: registerFiles.map(({ file: { id } }) => ({ id, event })) });
  }
  const claim = { worker: `worker ${files > 4 ? 1 : 2}`, limit: 4 };
  const { claimFiles } = await ask<{ claimFiles: readonly Claimed[] }>(url, CLAIM, { input: claim });
  const ended = claimFiles.map(({ leaseToken, file: { id } }) => ({ id, event: 'COMPLETE_PROCESSING', leaseToken }));
  await ask(url, SEND, { input: ended });
}
