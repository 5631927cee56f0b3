// The proxy itself: what each verb does to a connection. Every test that breaks the network relies on it.
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TcpProxy, startTcpProxy } from './tcp-proxy.ts';
import { until } from './until.ts';

let server: Server;
let received: string;
let proxy: TcpProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  received = '';
  // Answers every chunk.
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      socket.write('answer');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy((server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

interface Client {
  readonly socket: Socket;
  answers: string;
}

async function open(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1').setNoDelay(true);
  clients.push(socket);
  const client = { socket, answers: '' };
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (client.answers += chunk.toString()));
  await once(socket, 'connect');
  return client;
}

const untilReceived = (text: string): Promise<unknown> =>
  until(
    () => received,
    (seen) => seen === text,
  );
const untilAnswered = (client: Client): Promise<unknown> =>
  until(
    () => client.answers,
    (text) => text.includes('answer'),
  );

it.each([
  ['cutBefore', 'begin; '],
  ['cutAfter', 'begin; commit'],
] as const)('%s at the second match: the server receives %o of the chunk', async (action, expected) => {
  const client = await open();
  proxy.atMatch({ pattern: 'COMMIT', nth: 2, connection: 'hello' }, action);
  client.socket.write('hello commit;');
  await untilReceived('hello commit;');
  received = '';
  client.answers = '';
  const closed = once(client.socket, 'close');
  client.socket.write('begin; commit');
  await closed;
  await untilReceived(expected);
  expect(proxy.matches).toBe(1);
  expect(client.answers).toBe('');
});

it('finds a match that spans two chunks, and none in another connection', async () => {
  const [client, other] = [await open(), await open()];
  proxy.atMatch({ pattern: 'commit', connection: 'mine' }, 'swallowAnswers');
  other.socket.write('commit');
  await untilAnswered(other);
  client.socket.write('mine com');
  await untilAnswered(client);
  client.answers = '';
  client.socket.write('mit');
  await untilReceived('commitmine commit');
  expect(proxy.matches).toBe(1);
  expect(client.answers).toBe('');
  await proxy.restore();
  client.socket.write('more');
  await untilAnswered(client);
});

it('hold delivers nothing until restore delivers it all', async () => {
  const client = await open();
  client.socket.write('one');
  await untilAnswered(client);
  proxy.hold();
  client.socket.write('two');
  const late = await open();
  late.socket.write('three');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(received).toBe('one');
  await proxy.restore();
  await until(
    () => received.length,
    (length) => length === 'onetwothree'.length,
  );
});

it('refuse breaks what is open and refuses what comes, until restore', async () => {
  const { socket } = await open();
  const closed = once(socket, 'close');
  await proxy.refuse();
  await closed;
  await expect(once(connect(proxy.port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.restore();
  const client = await open();
  client.socket.write('again');
  await untilAnswered(client);
});

it('afterBytes acts once, after so many bytes to the server', async () => {
  const client = await open();
  let acted = 0;
  proxy.afterBytes(4, () => (acted += 1));
  client.socket.write('one');
  await untilReceived('one');
  expect(acted).toBe(0);
  client.socket.write('two');
  await untilReceived('onetwo');
  client.socket.write('more');
  await untilReceived('onetwomore');
  expect(acted).toBe(1);
});
