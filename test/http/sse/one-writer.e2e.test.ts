// Event streams for requests that only Yoga parses, and for pages of other origins: the same events as for any other.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readCursor } from '../../support/changes.ts';
import { expectServing } from '../../support/clean.ts';
import { newFile } from '../../support/client.ts';
import { JSON_HEADERS, openSocket, post, readMetric } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { until } from '../../support/until.ts';

const APP = 'https://app.example.com';
const OTHER_APP = 'https://other.example.com';

let waybill: Instance;
beforeAll(async () => {
  // A stream that is left behind would keep the only slot, and the next one would be refused.
  const env = { WAYBILL_CORS_ORIGINS: `${APP},${OTHER_APP}`, WAYBILL_MAX_SUBSCRIPTIONS_PER_PRINCIPAL: '1' };
  waybill = await startInstance({ env });
});
afterAll(() => waybill.stop());
afterEach(() => expectServing(waybill.url));

const followers = (): Promise<number> => readMetric(waybill.url, 'waybill_feed_followers');
const noFollowers = (): Promise<unknown> => until(followers, (count) => count === 0);

const bodyAfter = (after: string): string =>
  JSON.stringify({ query: `subscription { fileChanges(after: "${after}") { fileId kind } }` });

const eventOf = (cursor: string, fileId: string): string =>
  `event: next\nid: ${cursor}\ndata: {"data":{"fileChanges":{"fileId":"${fileId}","kind":"REGISTERED"}}}\n\n`;

/** What comes back until the text is in it; then the client leaves. */
async function exchangeUntil(bytes: string, text: string): Promise<string> {
  const socket = openSocket(waybill.url);
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString()));
  socket.write(bytes);
  await until(
    () => received,
    (all) => all.includes(text),
  );
  socket.destroy();
  return received;
}

const POST =
  'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n';

describe('a request', () => {
  let before: string;
  let event: string;
  beforeAll(async () => {
    before = await readCursor(waybill.url);
    const fileId = await newFile(waybill.url);
    event = eventOf(
      await until(
        () => readCursor(waybill.url),
        (cursor) => cursor !== before,
      ),
      fileId,
    );
  });

  const chunked = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

  it('whose body comes in chunks', async () => {
    const received = await exchangeUntil(
      `${POST}Transfer-Encoding: chunked\r\n\r\n${chunked(bodyAfter(before))}`,
      event,
    );
    expect(received).toContain(`\r\n:\nid: ${before}\n\n\r\n`);
    await noFollowers();
  });

  it('of HTTP/1.0, as nginx sends it to its upstreams, has no chunks in its answer', async () => {
    const body = bodyAfter(before);
    const head = POST.replace('HTTP/1.1', 'HTTP/1.0');
    const received = await exchangeUntil(`${head}Content-Length: ${body.length}\r\n\r\n${body}`, event);
    expect(received.slice(received.indexOf('\r\n\r\n'))).toBe(`\r\n\r\n:\nid: ${before}\n\n${event}`);
    await noFollowers();
  });

  it('that is pipelined behind another', async () => {
    const body = bodyAfter(before);
    const ask = '{"query":"{ files(first: 1) { nodes { id } } }"}';
    const first = `${POST.replace('text/event-stream', '*/*')}Content-Length: ${ask.length}\r\n\r\n${ask}`;
    const received = await exchangeUntil(`${first}${POST}Content-Length: ${body.length}\r\n\r\n${body}`, event);
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(received.indexOf('"nodes"')).toBeLessThan(received.indexOf('event: next'));
    await noFollowers();
  });

  it('that accepts anything', async () => {
    const body = bodyAfter(before);
    const head = POST.replace('text/event-stream', '*/*');
    const received = await exchangeUntil(`${head}Content-Length: ${body.length}\r\n\r\n${body}`, event);
    expect(received).toContain('content-type: text/event-stream');
    await noFollowers();
  });

  it('that accepts no events is 406, and leaves no stream behind', async () => {
    const raw = await post(waybill.url, bodyAfter(before), { ...JSON_HEADERS, accept: 'application/json' });
    expect(raw.status).toBe(406);
    const body = bodyAfter(before);
    await exchangeUntil(`${POST}Content-Length: ${body.length}\r\n\r\n${body}`, event);
    await noFollowers();
  });

  it('of an allowed origin may be read by its page', async () => {
    const response = await fetch(`${waybill.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_HEADERS, accept: 'text/event-stream', origin: APP },
      body: bodyAfter(before),
    });
    expect(response.headers.get('access-control-allow-origin')).toBe(APP);
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
    let received = '';
    for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
      received += text;
      if (received.includes(event)) break;
    }
    expect(received).toBe(`:\nid: ${before}\n\n${event}`);
    await noFollowers();
  });
});

describe('a page of another origin', () => {
  it('that is allowed gets what it asks for in a preflight', async () => {
    const { status, headers } = await fetch(`${waybill.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: OTHER_APP,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,authorization,x-trace',
      },
    });
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': OTHER_APP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': expect.stringContaining('POST') as string,
      'access-control-allow-headers': 'content-type,authorization,x-trace',
    });
  });

  it('that is allowed may read answers and refusals', async () => {
    for (const [body, status] of [
      ['{"query":"{__typename}"}', 200],
      ['nope', 400],
    ] as const) {
      const raw = await post(waybill.url, body, { ...JSON_HEADERS, origin: OTHER_APP });
      expect([raw.status, raw.headers.get('access-control-allow-origin')]).toEqual([status, OTHER_APP]);
    }
  });

  it('that is not allowed is 403, preflights too', async () => {
    for (const method of ['POST', 'GET', 'OPTIONS']) {
      const { status, headers } = await fetch(`${waybill.url}/graphql`, {
        method,
        headers: { ...JSON_HEADERS, origin: 'https://evil.example' },
      });
      expect([status, headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
  });
});
