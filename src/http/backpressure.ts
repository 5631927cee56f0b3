// Whether a connection takes more. What the kernel cannot take waits in the process, up to the stream's high-water mark and
// a message; whoever has more to send waits for it to drain.
import type { Socket } from 'node:net';

export class Backpressure {
  readonly #transport: Socket;
  #waiting: (() => void)[] | undefined;

  constructor(transport: Socket) {
    this.#transport = transport;
  }

  /** Also when nothing can be sent any more: then nothing is worth waiting for. */
  get isFree(): boolean {
    return !this.#transport.writableNeedDrain || this.#transport.destroyed;
  }

  async whenFree(): Promise<void> {
    // Asked again: of all who waited, the first ones may have filled it.
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
