// Variables that are wrong in as many places as a mebibyte has room for: graphql-js reports at most 50 errors and stops,
// so the server answers at once. Without that limit the same request blocked the server for 32 s.
import type { ExecutionResult } from 'graphql';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { HOSTILE_VARIABLES, filled } from '../support/hostile-variables.ts';
import { post } from '../support/http.ts';
import { expectBearable } from '../support/load.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';

const MAX_ERRORS = 51; // 50, and the one that says that there are more

let database: TestDatabase;
let waybill: WaybillProcess;
beforeAll(async () => {
  database = await createDatabase();
  waybill = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'error' }, 'api');
});
afterAll(async () => {
  await waybill.end('SIGTERM');
  await database.drop();
});

const WATCH = 'subscription ($i: [ID!]) { fileChanges(filter: {ids: $i}) { kind } }';

function expectFewErrors({ data, errors }: ExecutionResult): void {
  expect(data).toBeUndefined();
  expect(errors?.length).toBeGreaterThan(0);
  expect(errors?.length).toBeLessThanOrEqual(MAX_ERRORS);
  expect(errors?.at(-1)?.message).toMatch(/^Variable "\$i" got invalid value|^Too many errors/);
}

/** The first result or the errors of an operation over a WebSocket. */
function ask(client: Client, query: string, i: unknown): Promise<ExecutionResult> {
  return new Promise((resolve, reject) => {
    const error = (errors: unknown): void => resolve({ errors } as ExecutionResult);
    const complete = (): void => reject(new Error('completed without a result'));
    client.subscribe(
      { query, variables: { i } },
      { next: (result) => resolve(result as ExecutionResult), error, complete },
    );
  });
}

// The document is known from the second time on.
describe.each(HOSTILE_VARIABLES)('a mebibyte of %s', (_name, query, i) => {
  it('is refused at once over HTTP, each time', async () => {
    const body = JSON.stringify({ query, variables: { i } });
    await expectBearable(waybill, async () => {
      const { text } = await post(waybill.url, body);
      expectFewErrors(JSON.parse(text) as ExecutionResult);
    });
  });

  it('is refused at once over WebSocket, each time', async () => {
    const client = connect(waybill.url);
    await expectBearable(waybill, async () => expectFewErrors(await ask(client, query, i)));
    await client.dispose();
  });
});

it('a subscription with such variables is refused as fast', async () => {
  const client = connect(waybill.url);
  await expectBearable(waybill, async () => expectFewErrors(await ask(client, WATCH, filled('{}'))));
  await client.dispose();
});
