// What goes out over one WebSocket. The kernel takes what it can; what it cannot waits here, up to the stream's high-water
// mark and a message, and whoever has more to send is told to wait for it. A client that takes nothing of what waits for
// too long is given up.
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** Of the time it may take nothing: how often it is looked at. */
const LOOKS = 4;

export class Outbox {
  readonly #socket: WebSocket;
  readonly #transport: Socket;
  readonly #stalledMs: number;
  readonly #onStalled: () => void;
  #waiting: (() => void)[] | undefined;
  #watch: NodeJS.Timeout | undefined;

  /** `transport`: what the socket writes to. */
  constructor(socket: WebSocket, transport: Socket, stalledMs: number, onStalled: () => void) {
    this.#socket = socket;
    this.#transport = transport;
    this.#stalledMs = stalledMs;
    this.#onStalled = onStalled;
  }

  /** Whether more may be sent. */
  get isFree(): boolean {
    return !this.#transport.writableNeedDrain || this.#socket.readyState !== this.#socket.OPEN;
  }

  get isEmpty(): boolean {
    return this.#transport.writableLength === 0;
  }

  /** Resolves when more may be sent, or nothing can be sent any more. */
  async whenFree(): Promise<void> {
    // Asked again: of all who waited, the first ones may have filled it.
    while (!this.isFree) await new Promise<void>((resolve) => this.#await(resolve));
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
    this.#wake();
  }

  #await(resolve: () => void): void {
    if (this.#waiting === undefined) {
      this.#waiting = [];
      this.#transport.once('drain', () => this.#wake());
    }
    this.#waiting.push(resolve);
  }

  #wake(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resolve of waiting) resolve();
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
