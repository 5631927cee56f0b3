// What goes out over one WebSocket, and whether its client takes it: one that takes nothing of what waits for it for too
// long is given up.
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Backpressure } from './backpressure.ts';

/** Of the time it may take nothing: how often it is looked at. */
const LOOKS = 4;

export class Outbox extends Backpressure {
  readonly #socket: WebSocket;
  readonly #transport: Socket;
  readonly #stalledMs: number;
  readonly #onStalled: () => void;
  #watch: NodeJS.Timeout | undefined;

  /** `transport`: what the socket writes to. */
  constructor(socket: WebSocket, transport: Socket, stalledMs: number, onStalled: () => void) {
    super(transport);
    this.#socket = socket;
    this.#transport = transport;
    this.#stalledMs = stalledMs;
    this.#onStalled = onStalled;
  }

  get isEmpty(): boolean {
    return this.#transport.writableLength === 0;
  }

  /** Sends, or drops it when the socket is not open (any more). */
  send(data: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    // Without a callback: one that could not be sent is the end of the socket, and that is heard elsewhere.
    this.#socket.send(data);
    if (this.#watch === undefined && !this.isEmpty) this.#watchIt();
  }

  /** A message that is framed already: past ws, which frames and writes at once what it is given, so order is kept. */
  sendFrame(frame: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#transport.write(frame);
    if (this.#watch === undefined && !this.isEmpty) this.#watchIt();
  }

  /** The socket is closed. */
  close(): void {
    clearTimeout(this.#watch);
  }

  /** From when something waits until nothing does. */
  #watchIt(): void {
    const everyMs = this.#stalledMs / LOOKS;
    let before = this.#taken();
    let looks = 0;
    const look = (): void => {
      this.#watch = undefined;
      if (this.isEmpty) return;
      const taken = this.#taken();
      looks = taken > before ? 0 : looks + 1;
      before = taken;
      if (looks >= LOOKS) this.#onStalled();
      else this.#watch = setTimeout(look, everyMs);
    };
    this.#watch = setTimeout(look, everyMs);
  }

  /** Bytes that the kernel has taken. */
  #taken(): number {
    return this.#transport.bytesWritten - this.#transport.writableLength;
  }
}
