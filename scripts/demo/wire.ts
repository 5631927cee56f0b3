// The way the bytes of one file take to the server: a TCP proxy as slow as a real line, which may break once on the way.
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WireOptions {
  /** The server's URL. */
  readonly url: string;
  readonly bytesPerSecond: number;
  /** After so many bytes towards the server both ends lose a connection, once; undefined: never. */
  readonly breakAfter: number | undefined;
}

export interface Wire extends AsyncDisposable {
  /** The same URL by way of this wire. */
  through(url: string): string;
}

/** What is passed on at once: a fraction of a second's worth, so that bars move and do not jump. */
const PIECES_A_SECOND = 20;

export async function openWire({ url, bytesPerSecond, breakAfter = Infinity }: WireOptions): Promise<Wire> {
  const sockets = new Set<Socket>();
  let left = breakAfter;
  const isBroken = (bytes: number): boolean => {
    const held = left > 0;
    left -= bytes;
    return held && left <= 0;
  };
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(url).port), new URL(url).hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // A connection that breaks is what this is here for.
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    }
    upstream.pipe(client);
    upstream.once('close', () => client.destroy());
    void forward(client, upstream, bytesPerSecond, isBroken).catch(() => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = String((server.address() as AddressInfo).port);
  return {
    through: (target) => Object.assign(new URL(target), { hostname: '127.0.0.1', port }).href,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function forward(from: Socket, to: Socket, rate: number, isBroken: (bytes: number) => boolean): Promise<void> {
  const most = Math.max(1, Math.floor(rate / PIECES_A_SECOND));
  let freeAt = performance.now();
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += most) {
        const piece = chunk.subarray(at, at + most);
        freeAt = Math.max(freeAt, performance.now()) + (piece.length / rate) * 1_000;
        to.write(piece);
        if (isBroken(piece.length)) return;
        await sleep(Math.max(0, freeAt - performance.now()));
      }
    }
  } finally {
    from.destroy();
    to.destroySoon();
  }
}
