// How many webhooks a tenant may have.
import { afterEach, expect, it } from 'vitest';
import type { Instance } from '../support/instance.ts';
import { requestAs, sign, startSignedIn } from '../support/sign-in.ts';
import type { WebhookResult } from '../support/webhook-receiver.ts';

const MOST = 3;

let waybill: Instance | undefined;
afterEach(() => waybill?.stop());

const CREATE = `mutation M($input: CreateWebhookInput!) { result: createWebhook(input: $input) {
  __typename ... on RequestError { code message field } ... on CreateWebhookSuccess { webhook { id state disabledReason cursor } } } }`;
const DELETE = `mutation M($input: DeleteWebhookInput!) { result: deleteWebhook(input: $input) { __typename } }`;

it('a tenant has no more than it may, however many are made at once, and others have theirs', async () => {
  const { url } = (waybill = await startSignedIn({ env: { WAYBILL_MAX_WEBHOOKS_PER_TENANT: String(MOST) } }));
  const create = async (token: string): Promise<WebhookResult> => {
    const input = { url: 'https://example.com/hook' };
    return (await requestAs<{ result: WebhookResult }>(url, token, CREATE, { input })).result;
  };
  const [red, blue] = [await sign(), await sign({ tenant: 'blue' })];
  const results = await Promise.all(Array.from({ length: 3 * MOST }, () => create(red)));
  const made = results.flatMap(({ webhook }) => webhook ?? []);
  expect(made).toHaveLength(MOST);
  const refused = results.filter(({ webhook }) => webhook === undefined);
  expect(new Set(refused.map(({ __typename, code, field }) => JSON.stringify({ __typename, code, field })))).toEqual(
    new Set([JSON.stringify({ __typename: 'RequestError', code: 'QUOTA_EXCEEDED', field: null })]),
  );
  expect(refused[0]!.message).toMatch(/as many webhooks as it may have/);
  expect((await create(blue)).__typename).toBe('CreateWebhookSuccess');
  await requestAs(url, red, DELETE, { input: { id: made[0]!.id } });
  expect((await create(red)).__typename).toBe('CreateWebhookSuccess');
  expect(await create(red)).toMatchObject({ code: 'QUOTA_EXCEEDED' });
});
