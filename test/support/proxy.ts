// Stands between the program and PostgreSQL and can cut a connection at its COMMIT, before the server hears of it or
// before the client hears of the answer. It knows of the protocol only where a message begins
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** `swallow`: the server never hears of the COMMIT. `mute`: it does, but its answer never arrives. */
export type Cut = 'swallow' | 'mute';

export interface Proxy {
  /** The database's URL by way of the proxy. */
  readonly url: string;
  /** Commits cut so far. */
  readonly cuts: number;
  /** The next COMMIT of any connection is cut. */
  cutNextCommit(how: Cut): void;
  close(): Promise<void>;
}

/** Splits what a client sends into messages; the first one has no type byte. */
function createReader(): (chunk: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Buffer[] = [];
    for (;;) {
      const header = started ? 1 : 0;
      if (rest.length < header + 4) return messages;
      const length = header + rest.readInt32BE(header);
      if (rest.length < length) return messages;
      messages.push(rest.subarray(0, length));
      rest = rest.subarray(length);
      started = true;
    }
  };
}

/** A simple query: 'Q', length, text, NUL. */
const isCommit = (message: Buffer): boolean =>
  message[0] === 0x51 && message.subarray(5, -1).toString().trim().toLowerCase() === 'commit';

export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let armed: Cut | undefined;
  let cuts = 0;

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  }

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    track(client);
    track(upstream);
    const read = createReader();
    client.on('data', (chunk) => {
      for (const message of read(chunk)) {
        const cut = isCommit(message) ? armed : undefined;
        if (cut === undefined) {
          upstream.write(message);
          continue;
        }
        armed = undefined;
        cuts += 1;
        upstream.unpipe(client);
        // An orderly end, so that the server does read what was sent before it.
        if (cut === 'mute') upstream.end(message);
        else upstream.destroy();
        upstream.resume();
        client.destroy();
        return;
      }
    });
    upstream.pipe(client);
    client.once('close', () => upstream.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    get cuts() {
      return cuts;
    },
    cutNextCommit: (how) => {
      armed = how;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
