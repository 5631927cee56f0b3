// GraphQL operations on webhooks, and the types of their results.
import { Refused } from '../errors.ts';
import { document } from './document.ts';
import { REFUSAL, type Refusal, toRefused } from './files.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

export interface WebhookFacts {
  readonly id: string;
  readonly url: string;
  readonly kinds: readonly string[];
  readonly states: readonly string[] | null;
  readonly format: string;
  readonly state: string;
  readonly disabledReason: string | null;
  readonly cursor: string;
  readonly createdAt: string;
}

export interface Delivery {
  readonly id: string;
  readonly fileId: string;
  readonly cursor: string;
  readonly state: string;
  readonly attempts: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
}

export interface NewWebhook {
  readonly url: string;
  readonly kinds: readonly string[] | null;
  readonly states: readonly string[] | null;
  readonly format: string | null;
  readonly after: string | null;
}

const FIELDS = 'fragment W on Webhook { id url kinds states format state disabledReason cursor createdAt }';

const LIST = document(`query ($first: Int!, $after: String) { webhooks(first: $first, after: $after) {
  edges { node { ...W } } pageInfo { hasNextPage endCursor } } } ${FIELDS}`);
const SHOW = document(`query ($id: ID!, $first: Int!) { node(id: $id) { ...W ... on Webhook {
  deliveries(first: $first) { edges { node {
    id fileId cursor state attempts status error nextAttemptAt createdAt deliveredAt } } } } } } ${FIELDS}`);
const CREATE = document(`mutation ($input: CreateWebhookInput!) { answer: createWebhook(input: $input) {
  __typename ... on CreateWebhookSuccess { secret webhook { ...W } } ${REFUSAL} } } ${FIELDS}`);
const REPLAY = document(`mutation ($input: ReplayWebhookInput!) { answer: replayWebhook(input: $input) {
  __typename ... on ReplayWebhookSuccess { webhook { ...W } } ${REFUSAL} } } ${FIELDS}`);
const DELETE = document(`mutation ($input: DeleteWebhookInput!) { answer: deleteWebhook(input: $input) {
  __typename ${REFUSAL} } }`);

const PAGE = 1_000;

interface List {
  readonly webhooks: {
    readonly edges: readonly { readonly node: WebhookFacts }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** All, newest first. */
export async function listWebhooks(server: Server, signal: AbortSignal): Promise<WebhookFacts[]> {
  const all: WebhookFacts[] = [];
  for (let after: string | null = null; ;) {
    const { webhooks }: List = await request<List>(server, LIST, { first: PAGE, after }, signal);
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
  type Node = WebhookFacts & { readonly deliveries?: { readonly edges: readonly { readonly node: Delivery }[] } };
  const { node } = await request<{ readonly node: Node | null }>(server, SHOW, { id, first }, signal);
  if (node?.deliveries === undefined) return null;
  const { deliveries, ...webhook } = node;
  return { webhook, deliveries: deliveries.edges.map((edge) => edge.node) };
}

type Answer<Success> = { readonly answer: Partial<Success & Refusal> };

/** @throws Refused, as the following */
export async function createWebhook(
  server: Server,
  input: NewWebhook,
  signal: AbortSignal,
): Promise<{ readonly webhook: WebhookFacts; readonly secret: string }> {
  type Created = { webhook: WebhookFacts; secret: string };
  const { answer } = await request<Answer<Created>>(server, CREATE, { input }, signal);
  const { webhook, secret } = answer;
  if (webhook === undefined || secret === undefined) throw toRefused(answer);
  return { webhook, secret };
}

export async function replayWebhook(
  server: Server,
  input: { readonly id: string; readonly after: string },
  signal: AbortSignal,
): Promise<WebhookFacts> {
  const { answer } = await request<Answer<{ webhook: WebhookFacts }>>(server, REPLAY, { input }, signal);
  if (answer.webhook === undefined) throw toRefused(answer);
  return answer.webhook;
}

export async function deleteWebhook(server: Server, id: string, signal: AbortSignal): Promise<void> {
  const { answer } = await request<Answer<object>>(server, DELETE, { input: { id } }, signal);
  if (answer.code !== undefined) throw toRefused(answer);
}

export const noSuchWebhook = (id: string): Refused => new Refused('INVALID_INPUT', `there is no webhook ${id}`);
