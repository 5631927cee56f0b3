// GraphQL operations on webhooks, and the types of their results.
import { Refused } from '../errors.ts';
import { CREATE_WEBHOOK, DELETE_WEBHOOK, REPLAY_WEBHOOK, WEBHOOK, WEBHOOKS } from '../generated/documents.ts';
import type {
  CreateWebhookInput,
  ReplayWebhookInput,
  WebhookFactsFragment,
  WebhookQuery,
  WebhooksQuery,
} from '../generated/operations.ts';
import { toRefused } from './files.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

type Found = Extract<WebhookQuery['node'], { readonly __typename: 'Webhook' }>;

export type WebhookFacts = WebhookFactsFragment;
export type Delivery = Found['deliveries']['edges'][number]['node'];

const PAGE = 1_000;

/** All, newest first. */
export async function listWebhooks(server: Server, signal: AbortSignal): Promise<WebhookFacts[]> {
  const all: WebhookFacts[] = [];
  for (let after: string | null = null; ;) {
    const { webhooks }: WebhooksQuery = await request(server, WEBHOOKS, { first: PAGE, after }, signal);
    all.push(...webhooks.edges.map(({ node }) => node));
    if (!webhooks.pageInfo.hasNextPage) return all;
    after = webhooks.pageInfo.endCursor;
  }
}

export interface WebhookWithDeliveries {
  readonly webhook: WebhookFacts;
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
}

/** Null when there is no such webhook. */
export async function readWebhook(
  server: Server,
  id: string,
  first: number,
  signal: AbortSignal,
): Promise<WebhookWithDeliveries | null> {
  const { node } = await request(server, WEBHOOK, { id, first }, signal);
  if (node?.__typename !== 'Webhook') return null;
  const { __typename: _name, deliveries, ...webhook } = node;
  return { webhook, deliveries: deliveries.edges.map((edge) => edge.node) };
}

/** @throws Refused, as the following */
export async function createWebhook(
  server: Server,
  input: CreateWebhookInput,
  signal: AbortSignal,
): Promise<{ readonly webhook: WebhookFacts; readonly secret: string }> {
  const { answer } = await request(server, CREATE_WEBHOOK, { input }, signal);
  if (answer.__typename !== 'CreateWebhookSuccess') throw toRefused(answer);
  return answer;
}

export async function replayWebhook(
  server: Server,
  input: ReplayWebhookInput,
  signal: AbortSignal,
): Promise<WebhookFacts> {
  const { answer } = await request(server, REPLAY_WEBHOOK, { input }, signal);
  if (answer.__typename !== 'ReplayWebhookSuccess') throw toRefused(answer);
  return answer.webhook;
}

export async function deleteWebhook(server: Server, id: string, signal: AbortSignal): Promise<void> {
  const { answer } = await request(server, DELETE_WEBHOOK, { input: { id } }, signal);
  if (answer.__typename !== 'DeleteWebhookSuccess') throw toRefused(answer);
}

export const noSuchWebhook = (id: string): Refused => new Refused('INVALID_INPUT', `there is no webhook ${id}`);
