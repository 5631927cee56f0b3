// The audits of GraphQL over HTTP that its working group publishes with graphql-http, MUST and SHOULD alike. They are sent
// as clients send them, which the fast path takes, and in chunks, which only Yoga takes.
import { type AuditResult, serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../support/instance.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const asked = (fetchFn: typeof fetch): ReturnType<typeof serverAudits> =>
  serverAudits({ url: () => `${waybill.url}/graphql`, fetchFn });

/** A body of unknown length. */
const inChunks: typeof fetch = (input, init) => {
  const { body } = init ?? {};
  if (typeof body !== 'string') return fetch(input, init);
  return fetch(input, { ...init, body: new Blob([body]).stream(), duplex: 'half' } as RequestInit);
};

const reasonOf = (result: AuditResult): string => (result.status === 'ok' ? 'ok' : result.reason);

describe.each([
  ['as clients send them', fetch],
  ['in chunks', inChunks],
])('the audits, sent %s', (_way, fetchFn) => {
  it('are 61', () => {
    expect(asked(fetchFn)).toHaveLength(61);
  });

  it.each(asked(fetchFn).map(({ id, name, fn }) => ({ id, name, fn })))('$id: $name', async ({ fn }) => {
    expect(reasonOf(await fn())).toBe('ok');
  });
});
