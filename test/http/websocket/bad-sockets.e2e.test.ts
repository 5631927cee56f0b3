// WebSocket clients that break the rules: they are refused or closed with the code the protocol has for it
// (graphql-transport-ws), and nothing of it reaches the console or another client.
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { expectServing } from '../../support/clean.ts';
import { openSocket } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { until } from '../../support/until.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

// What breaks a socket belongs in the log, as a line of JSON; see also start-stop.e2e.test.ts.
const consoleError = vi.spyOn(console, 'error');
afterEach(async () => {
  expect(consoleError).not.toHaveBeenCalled();
  await expectServing(waybill.url);
});

const PROTOCOL = 'graphql-transport-ws';
const address = (path = '/graphql'): string => `${waybill.url.replace('http', 'ws')}${path}`;
const subscribe = (query: unknown, id = '1'): object => ({ id, type: 'subscribe', payload: { query } });

interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload?: unknown;
}

class Client {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly closed: Promise<number>;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => void socket.once('close', resolve));
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as Message));
    socket.on('error', () => undefined);
  }

  send(...messages: (object | string)[]): void {
    for (const each of messages) this.socket.send(typeof each === 'string' ? each : JSON.stringify(each));
  }

  async answer(type: string): Promise<Message> {
    const found = await until(
      () => this.messages.find((each) => each.type === type),
      (each) => each !== undefined,
    );
    return found!;
  }
}

async function open(protocols = [PROTOCOL]): Promise<Client> {
  const client = new Client(new WebSocket(address(), protocols));
  await once(client.socket, 'open');
  return client;
}

async function openReady(): Promise<Client> {
  const client = await open();
  client.send({ type: 'connection_init' });
  await client.answer('connection_ack');
  return client;
}

/** The status with which an upgrade is refused. */
async function refusal(path: string, options: ClientOptions = {}): Promise<number | undefined> {
  const socket = new WebSocket(address(path), PROTOCOL, options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  socket.terminate();
  return response.statusCode;
}

describe('the upgrade', () => {
  it('is refused to pages of another origin with 403, and granted to our own', async () => {
    expect(await refusal('/graphql', { origin: 'http://evil.example' })).toBe(403);
    expect(await refusal('/graphql', { origin: 'null' })).toBe(403);
    const own = new Client(new WebSocket(address(), PROTOCOL, { origin: waybill.url }));
    await once(own.socket, 'open');
    own.socket.close();
    await own.closed;
  });

  it('is refused on other paths with 404', async () => {
    expect(await refusal('/')).toBe(404);
    expect(await refusal('/healthz')).toBe(404);
  });

  it('that breaks off in the middle has no effect on others', async () => {
    const socket = openSocket(waybill.url);
    socket.write('GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    await once(socket, 'data');
    socket.resetAndDestroy();
    await once(socket, 'close');
  });
});

describe('a socket is closed', () => {
  it('with 4406 when it offers no protocol', async () => {
    expect(await (await open([])).closed).toBe(4406);
  });

  it.each([
    ['no JSON', 'nope'],
    ['an unknown type', { type: 'evil' }],
    ['a subscription without a query', { id: '1', type: 'subscribe', payload: {} }],
    ['a query that is a number', subscribe(5)],
    ['variables that are text', { id: '1', type: 'subscribe', payload: { query: '{a}', variables: 'x' } }],
    ['no id', { type: 'subscribe', payload: { query: '{__typename}' } }],
  ])('with 4400 on %s', async (_case, message) => {
    const client = await openReady();
    client.send(message);
    expect(await client.closed).toBe(4400);
  });

  it('with 4401 when it subscribes before connection_init, and with 4429 after a second connection_init', async () => {
    const hasty = await open();
    hasty.send(subscribe('{__typename}'));
    expect(await hasty.closed).toBe(4401);
    const polite = await openReady();
    polite.send({ type: 'connection_init' });
    expect(await polite.closed).toBe(4429);
  });

  it('with 4409 when an id is used for two streams', async () => {
    const client = await openReady();
    client.send(subscribe('subscription { fileChanges { kind } }'), subscribe('subscription { fileChanges { kind } }'));
    expect(await client.closed).toBe(4409);
  });

  it('with 1009 on a message of 5 MiB', async () => {
    const client = await openReady();
    client.send(subscribe(`{__typename} #${'x'.repeat(5 * 2 ** 20)}`));
    expect(await client.closed).toBe(1009);
  });

  it('with 1002 on an invalid frame', async () => {
    const socket = openSocket(waybill.url);
    const head = 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
    const offer = `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${PROTOCOL}\r\n`;
    socket.write(`${head}${offer}Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`);
    await once(socket, 'data');
    // Reserved bits without an extension that uses them (RFC 6455, section 5.2).
    socket.write(Buffer.from([0xff, 0x80, 0, 0, 0, 0]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('hex')).toBe('880203ea'); // a closing frame of two bytes: 1002
    socket.destroy();
  });
});

describe('an operation that is wrong is answered, and its socket lives on', () => {
  it.each([
    ['that does not parse', '{'],
    ['of unknown fields', '{nope}'],
    ['of 100,000 tokens', `{${'__typename '.repeat(100_000)}}`],
    ['9,000 levels deep', `${'{a'.repeat(9_000)}${'}'.repeat(9_000)}`],
    ['with variables it was not given', 'query ($id: ID!) { file(id: $id) { id } }'],
    ['of a file that never was', 'subscription { file(id: "x") { id } }'],
    ['of the progress of nobody', 'subscription { uploadProgress(id: "x") { state } }'],
    ['after a cursor that is none', 'subscription { fileChanges(after: "x") { kind } }'],
    ['filtered by ids that are none', 'subscription { fileChanges(filter: {ids: ["x"]}) { kind } }'],
    ['of two fields at once', 'subscription { a: fileChanges { kind } b: fileChanges { kind } }'],
  ])('%s', async (_case, query) => {
    const client = await openReady();
    client.send(subscribe(query));
    const answer = await until(
      () => client.messages.find(({ id }) => id === '1'),
      (message) => message !== undefined,
    );
    expect(JSON.stringify(answer)).toMatch(/"message":/);
    expect(JSON.stringify(answer)).not.toMatch(/node_modules|RangeError|call stack|INTERNAL/);
    client.send(subscribe('{__typename}', '2'));
    await until(
      () => client.messages.some(({ id, type }) => id === '2' && type === 'complete'),
      (done) => done,
    );
    expect(client.messages.find(({ id }) => id === '2')?.payload).toEqual({ data: { __typename: 'Query' } });
    client.socket.close();
    await client.closed;
  });
});
