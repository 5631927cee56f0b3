// How long a client has been sending one message. What has arrived of it, 4 MiB at most, stays in memory until the rest comes,
// and a client that answers pings between its fragments could keep it there for as long as it likes.
import type { WebSocket } from 'ws';

/** Of ws, which offers nothing else that tells (a test fails if this changes). */
interface Receiver {
  readonly _bufferedBytes: number;
  readonly _fragments: readonly unknown[];
}

export class UnfinishedMessage {
  readonly #socket: WebSocket;
  #finished = 0;
  /** Since when this many messages were finished, and another was begun; null when none was. */
  #begun: { readonly at: number; readonly finished: number } | null = null;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', () => (this.#finished += 1));
  }

  /** @returns milliseconds since the first look that found the message, null when all are finished. Call it now and then */
  look(now: number): number | null {
    // Not the fault of the client while it is not read from.
    if (this.#socket.isPaused || !this.#isReceiving()) this.#begun = null;
    else if (this.#begun?.finished !== this.#finished) this.#begun = { at: now, finished: this.#finished };
    return this.#begun === null ? null : now - this.#begun.at;
  }

  #isReceiving(): boolean {
    const { _receiver: receiver } = this.#socket as WebSocket & { readonly _receiver?: Receiver };
    if (receiver === undefined) return false;
    const { _bufferedBytes: bytes, _fragments: fragments } = receiver;
    return bytes > 0 || fragments.length > 0;
  }
}
