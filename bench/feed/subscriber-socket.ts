// One WebSocket that subscribes, as lean as Node allows.
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { OPCODES, readFrames, writeFrame } from './frames.ts';

export interface SocketOptions {
  readonly url: URL;
  /** Sent first, and answered by the server; null: nothing is sent. */
  readonly greeting: string | null;
  /** Sent when the greeting has been answered. */
  readonly requests: readonly string[];
  readonly protocol: string | null;
  readonly onMessage: (payload: Buffer) => void;
  /** Called when the server closes the socket. */
  readonly onEnd: (reason: Error) => void;
}

const EMPTY = Buffer.alloc(0);
const HEAD_END = '\r\n\r\n';

const upgrade = ({ url, protocol }: SocketOptions): string =>
  [
    `GET ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
    ...(protocol === null ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ].join('\r\n') + HEAD_END;

/** @returns once the requests were sent */
export async function listen(options: SocketOptions): Promise<Socket> {
  const { url, greeting, requests, onMessage, onEnd } = options;
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  await once(socket, 'connect');
  socket.write(upgrade(options));
  let rest = await readHead(socket);
  const ready = Promise.withResolvers<void>();
  const say = (text: string): void => void socket.write(writeFrame(OPCODES.text, Buffer.from(text)));
  let isGreeted = greeting === null;
  const begin = (): void => {
    isGreeted = true;
    for (const request of requests) say(request);
    ready.resolve();
  };
  const take = (chunk: Buffer): void => {
    rest = readFrames(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), ({ opcode, payload }) => {
      if (opcode === OPCODES.ping) socket.write(writeFrame(OPCODES.pong, payload));
      else if (opcode !== OPCODES.text) socket.destroy(new Error(`a frame of kind ${opcode}: ${payload.toString()}`));
      else if (isGreeted) onMessage(payload);
      else begin();
    });
  };
  socket.on('data', take);
  socket.on('error', (error) => ready.reject(error));
  socket.on('close', () => onEnd(socket.errored ?? new Error('the server closed the socket of a subscriber')));
  if (greeting === null) begin();
  else say(greeting);
  take(EMPTY);
  await ready.promise;
  return socket;
}

/** @returns what came after the head */
async function readHead(socket: Socket): Promise<Buffer> {
  let bytes = EMPTY;
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end === -1) continue;
    const head = bytes.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${head}`);
    return Buffer.from(bytes.subarray(end + HEAD_END.length));
  }
}
