// Frames of our own making, read by the other end of a real WebSocket.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { frameMessage } from '../../../src/http/websocket/frames.ts';

it('messages of every length arrive whole and in order, also between those of ws', async () => {
  // Around where the length takes 1, 3 and 9 bytes (RFC 6455 section 5.2).
  const lengths = [0, 1, 100, 120, 121, 122, 123, 124, 125, 126, 65_529, 65_530, 65_531, 65_532, 65_533, 200_000];
  const bodies = lengths.map((length, at) => `${at}${'x'.repeat(length)}`).concat('ünïcödé ✓ 🚀');
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer().on('upgrade', (request, transport, head) => {
    sockets.handleUpgrade(request, transport, head, (socket) => {
      for (const body of bodies) {
        transport.write(frameMessage('{é', Buffer.from(body)));
        socket.send(body);
      }
      socket.close();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const received: string[] = [];
  client.on('message', (data: Buffer, isBinary) => received.push(isBinary ? 'binary' : data.toString()));
  const [code] = (await once(client, 'close')) as [number];
  expect(code).toBe(1005);
  expect(received).toEqual(bodies.flatMap((body) => [`{é${body}}`, body]));
  server.close();
});
