// Takes the messages of one WebSocket, one in each turn of the event loop, so that other clients are served in between.
// Reading pauses while there is too much to do or to send: what the client sends then waits in the kernel, and in the end
// with the client.
import type { WebSocket } from 'ws';
import type { SocketWriter } from './socket-writer.ts';

export interface InboxOptions {
  readonly socket: WebSocket;
  readonly socketWriter: SocketWriter;
  /** Handles a message. */
  readonly handle: (data: Buffer) => void;
}

/** Bytes sent but not yet taken by the kernel, from which on no message is taken. */
const MAX_QUEUED_BYTES = 256 * 2 ** 10;
/** Queries, mutations and subscriptions that are being started. Those that run do not count: they have a limit of their own. */
const MAX_OPERATIONS = 100;

/** idle: a message is taken at once; turn: in the next turn; full: after an operation; unread: when the client has read. */
type Pace = 'idle' | 'turn' | 'full' | 'unread';

export class Inbox {
  readonly #options: InboxOptions;
  /** At most what was in one read of the transport. */
  readonly #waiting: Buffer[] = [];
  #pace: Pace = 'idle';
  #operations = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
    options.socket.once('close', () => this.#waiting.splice(0));
  }

  receive(data: Buffer): void {
    this.#waiting.push(data);
    if (this.#pace === 'idle') this.#takeOne();
    else this.#options.socket.pause();
  }

  /** Counts an operation until it has its result. */
  async run<Result>(operation: () => Result | Promise<Result>): Promise<Result> {
    this.#operations += 1;
    try {
      return await operation();
    } finally {
      this.#operations -= 1;
      if (this.#pace === 'full') this.#continue();
    }
  }

  #takeOne(): void {
    const data = this.#waiting.shift();
    if (data === undefined) {
      this.#pace = 'idle';
      if (this.#options.socket.isPaused) this.#options.socket.resume();
      return;
    }
    this.#pace = 'turn';
    this.#options.handle(data);
    setImmediate(() => this.#continue());
  }

  #continue(): void {
    const { socket, socketWriter } = this.#options;
    // What a closing socket has sent is not handled any more.
    if (socket.readyState !== socket.OPEN) return void this.#waiting.splice(0);
    if (this.#operations >= MAX_OPERATIONS) this.#hold('full');
    else if (socketWriter.queuedBytes < MAX_QUEUED_BYTES) this.#takeOne();
    else {
      this.#hold('unread');
      void socketWriter.whenFree().then(() => this.#continue());
    }
  }

  #hold(pace: 'full' | 'unread'): void {
    this.#pace = pace;
    this.#options.socket.pause();
  }
}
