// Errors that are ours: masked from the client under a request id, told in full in the log, and counted.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GraphQLErrorShape, connect, newFile, request, send, subscribe, transition } from '../support/client.ts';
import { JSON_HEADERS, post, readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let url: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
afterAll(() => waybill.stop());

const MASKED = 'waybill_unexpected_errors_total';
const COUNT = '{"query":"{ fileCounts { count } }"}';

/** Runs `work` while a column has another name, as after a migration gone wrong. */
async function without(table: string, column: string, work: () => Promise<void>): Promise<void> {
  await waybill.database.query(`alter table ${table} rename column ${column} to ${column}_away`);
  try {
    await work();
  } finally {
    await waybill.database.query(`alter table ${table} rename column ${column}_away to ${column}`);
  }
}

const withoutState = (work: () => Promise<void>): Promise<void> => without('file_count', 'state', work);

/** The log line that tells of a request. */
function told(requestId: string | null): Record<string, unknown> | undefined {
  return waybill.log.find((line) => line['requestId'] === requestId);
}

it('an unexpected error is masked with its request id, logged with its cause, and counted', async () => {
  await withoutState(async () => {
    const before = await readMetric(url, MASKED);
    const { status, headers, text } = await post(url, COUNT);
    const requestId = headers.get('x-request-id');
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      data: null,
      errors: [
        {
          message: 'Something unexpected happened.',
          locations: [{ line: 1, column: 3 }],
          path: ['fileCounts'],
          extensions: { code: 'INTERNAL', requestId },
        },
      ],
    });
    expect(told(requestId)).toMatchObject({ msg: 'unexpected error', level: 50 });
    expect(JSON.stringify(told(requestId)?.['err'])).toMatch(/column .*state.* does not exist/);
    expect(await readMetric(url, MASKED)).toBe(before + 1);
  });
  expect((await post(url, COUNT)).text).toMatch(/^\{"data":\{"fileCounts":/);
});

it('two of them in one answer are two, each with its place', async () => {
  await withoutState(async () => {
    const before = await readMetric(url, MASKED);
    const { data, errors } = await send(
      url,
      '{ lifecycle { version } a: fileCounts { count } b: node(id: "x") { id } }',
    );
    expect(data).toBeNull();
    expect(errors?.map(({ path }) => path)).toEqual([['a']]);
    expect(await readMetric(url, MASKED)).toBe(before + 1);
  });
});

it('a mutation that breaks is masked, moves nothing, and is a failed attempt in the log', async () => {
  const id = await newFile(url);
  await without('file_change', 'actor', async () => {
    const query = 'mutation ($id: ID!) { startUpload(input: {id: $id}) { __typename } }';
    const { data, errors } = await send(url, query, { id });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Something unexpected happened.', extensions: { code: 'INTERNAL' } }]);
    const attempt = waybill.log.findLast(({ msg }) => msg === 'transition');
    expect(attempt).toMatchObject({ fileId: id, event: 'START_UPLOAD', outcome: 'failed', code: null });
  });
  expect(await transition(url, id, 'START_UPLOAD')).toMatchObject({ file: { version: 1 } });
});

it('a stream that breaks while it runs is masked too, over WebSocket and over SSE', async () => {
  const { feedCursor } = await request<{ feedCursor: string }>(url, '{ feedCursor }');
  const head = await readMetric(url, 'waybill_feed_head');
  await newFile(url);
  await until(
    () => readMetric(url, 'waybill_feed_head'),
    (position) => position > head,
  );
  // From before this replica's memory, so that the stream reads the table.
  const other = await startInstance({ database: waybill.database });
  const client = connect(other.url);
  const query = 'subscription ($after: Cursor) { fileChanges(after: $after) { kind } }';
  await without('file_change', 'actor', async () => {
    const stream = subscribe(client, query, { after: feedCursor });
    const errors: unknown = await stream.next().catch((reason: unknown) => reason);
    expect(errors).toMatchObject([{ message: 'Something unexpected happened.', extensions: { code: 'INTERNAL' } }]);
    const { requestId } = (errors as GraphQLErrorShape[])[0]?.extensions ?? {};
    const line = other.log.find((each) => each['requestId'] === requestId);
    expect(JSON.stringify(line?.['err'])).toMatch(/column .*actor.* does not exist/);

    const body = JSON.stringify({ query, variables: { after: feedCursor } });
    const { text } = await post(other.url, body, { ...JSON_HEADERS, accept: 'text/event-stream' });
    expect(text).toMatch(/Something unexpected happened/);
    expect(text).not.toMatch(/actor_away|does not exist|node_modules/);
  });
  const mended = subscribe<{ fileChanges: { kind: string } }>(client, query, { after: feedCursor });
  expect((await mended.next()).value?.fileChanges.kind).toMatch(/^(REGISTERED|TRANSITIONED)$/);
  await client.dispose();
  await other.stop();
});

it.each(['abc', 'A.b_c:d-1', 'x'.repeat(128)])('the request id %s of a proxy is taken over', async (given) => {
  await withoutState(async () => {
    const { headers, text } = await post(url, COUNT, { ...JSON_HEADERS, 'x-request-id': given });
    expect(headers.get('x-request-id')).toBe(given);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { requestId: given } }] });
    expect(told(given)).toBeDefined();
  });
});

it.each(['', 'a b', '"}{', 'x'.repeat(129), 'é'])('the request id %j is replaced by one of ours', async (given) => {
  const { headers } = await post(url, COUNT, { ...JSON_HEADERS, 'x-request-id': given });
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});
