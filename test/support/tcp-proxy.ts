// A wire that can be cut, slowed down, or made to swallow one direction: between a program and its database.
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

export type Direction = 'toServer' | 'toClient';

/** `connection` numbers the connections, from 0. */
export type See = (chunk: Buffer, direction: Direction, connection: number) => boolean;

export interface TcpProxy {
  readonly port: number;
  /** The same URL with this proxy in the way. */
  urlThrough(url: string): string;
  /** Where new connections go from now on. */
  retarget(port: number): void;
  /** Breaks every connection there is. */
  cut(): void;
  /** Milliseconds added to every chunk. */
  delay(ms: number): void;
  /** Swallows what goes this way, silently, until it is called with null. */
  drop(direction: Direction | null): void;
  /**
   * Sees every chunk before it is passed on, and which connection it is of; answering false breaks that connection after
   * passing it on.
   */
  inspect(see: See | null): void;
  close(): Promise<void>;
}

interface Wire {
  target: number;
  delayMs: number;
  dropped: Direction | null;
  see: See | null;
}

function forward(wire: Wire, from: Socket, to: Socket, direction: Direction, connection: number): void {
  const pass = (chunk: Buffer): void => {
    if (wire.dropped === direction) return;
    const goesOn = wire.see?.(chunk, direction, connection) ?? true;
    if (!to.destroyed) to.write(chunk, () => goesOn || from.destroy());
    if (!goesOn) to.once('close', () => from.destroy());
  };
  from.on('data', (chunk: Buffer) => {
    if (wire.delayMs === 0) pass(chunk);
    else setTimeout(() => pass(chunk), wire.delayMs);
  });
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const wire: Wire = { target, delayMs: 0, dropped: null, see: null };
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    const upstream = connect(wire.target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.once('close', () => sockets.delete(socket));
    }
    forward(wire, client, upstream, 'toServer', connections);
    forward(wire, upstream, client, 'toClient', connections);
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut,
    urlThrough: (url) => Object.assign(new URL(url), { port: String(port) }).href,
    retarget: (to) => void (wire.target = to),
    delay: (ms) => void (wire.delayMs = ms),
    drop: (direction) => void (wire.dropped = direction),
    inspect: (see) => void (wire.see = see),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
