// Whether a connection takes more data. What the kernel does not take waits in this process: at most the stream's
// high-water mark and one message, because senders wait here until the connection has drained.
import type { Socket } from 'node:net';

export class Backpressure {
  readonly #transport: Socket;
  #waiting: (() => void)[] | undefined;

  constructor(transport: Socket) {
    this.#transport = transport;
  }

  /** Also true for a destroyed connection, where waiting would be in vain. */
  get isFree(): boolean {
    const { destroyed, writableNeedDrain, writableEnded, writableLength } = this.#transport;
    // Node needs no drain of a stream that is ending, however much is left in it.
    return destroyed || !(writableNeedDrain || (writableEnded && writableLength > 0));
  }

  async whenFree(): Promise<void> {
    // A loop: of several that waited, the first to send may have filled it again.
    while (!this.isFree) await new Promise<void>((resolve) => this.#wait(resolve));
  }

  #wait(resolve: () => void): void {
    this.#waiting?.push(resolve);
    if (this.#waiting !== undefined) return;
    this.#waiting = [resolve];
    const wake = (): void => {
      this.#transport.off('drain', wake).off('close', wake);
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const each of waiting) each();
    };
    this.#transport.once('drain', wake).once('close', wake);
  }
}
