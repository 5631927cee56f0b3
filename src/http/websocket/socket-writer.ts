// Writes to one WebSocket: text through ws, or frames that are ready made past it.
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Backpressure } from '../backpressure.ts';

export class SocketWriter extends Backpressure {
  readonly #socket: WebSocket;
  readonly #transport: Socket;

  /** @param transport the TCP connection that the socket writes to */
  constructor(socket: WebSocket, transport: Socket) {
    super(transport);
    this.#socket = socket;
    this.#transport = transport;
  }

  get isEmpty(): boolean {
    return this.queuedBytes === 0;
  }

  /** What the kernel has not taken yet. */
  get queuedBytes(): number {
    return this.#transport.destroyed ? 0 : this.#transport.writableLength;
  }

  /** Drops the text when the socket is no longer open. */
  send(text: string): void {
    // Without a callback: a failed write closes the socket, and `close` is handled elsewhere.
    if (this.#isOpen) this.#socket.send(text);
  }

  /** ws frames and writes immediately, so a frame written past it keeps its place in the order. */
  sendFrame(frame: Buffer): void {
    if (this.#isOpen) this.#transport.write(frame);
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}
