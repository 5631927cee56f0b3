// A subscription over a WebSocket. graphql-ws takes it for a stream that never yields, and so knows when it ends; what it
// tells goes past graphql-ws, printed once for all who hear the same, with nothing but the subscription's id added.
import type { LiveStream, Listener } from '../feed/live-stream.ts';
import { type ErrorReporter, presentError } from './errors.ts';
import type { Outbox } from './outbox.ts';
import type { Printed } from './recent-results.ts';
import type { SharedOperation } from './shared-operation.ts';

type End = IteratorResult<never, void>;

const DONE: End = { done: true, value: undefined };

export interface SocketSubscriptionOptions {
  readonly stream: LiveStream<object>;
  readonly operation: SharedOperation;
  readonly outbox: Outbox;
  /** As the client has named the subscription. */
  readonly id: string;
  readonly requestId: string;
  readonly reporter: ErrorReporter;
}

export class SocketSubscription implements AsyncGenerator<never, void>, Listener<object> {
  readonly #stream: LiveStream<object>;
  readonly #operation: SharedOperation;
  readonly #outbox: Outbox;
  /** The message up to its payload. */
  readonly #head: string;
  readonly #requestId: string;
  readonly #reporter: ErrorReporter;
  #resolve: ((end: End | Promise<never>) => void) | undefined;

  constructor({ stream, operation, outbox, id, requestId, reporter }: SocketSubscriptionOptions) {
    this.#stream = stream;
    this.#operation = operation;
    this.#outbox = outbox;
    this.#head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.#requestId = requestId;
    this.#reporter = reporter;
  }

  offer(event: object): boolean {
    if (!this.#outbox.isFree) return false;
    const printed = this.#operation.resultOf(event);
    if (printed instanceof Promise) return false;
    this.#send(printed);
    return true;
  }

  async take(event: object): Promise<void> {
    await this.#outbox.whenFree();
    const printed = await this.#operation.resultOf(event);
    if (!this.#stream.isOver) this.#send(printed);
  }

  end(failure: unknown): void {
    if (failure === null) this.#resolve?.(DONE);
    else this.#resolve?.(Promise.reject(presentError(failure, this.#requestId, this.#reporter)));
  }

  /** Begins, and resolves at the end. */
  next(): Promise<End> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#stream.tell(this);
    });
  }

  async return(): Promise<End> {
    await this.#stream.return();
    this.#resolve?.(DONE);
    return DONE;
  }

  async throw(error: unknown): Promise<End> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #send(printed: Printed): void {
    this.#outbox.sendFrame(printed.frameAfter(this.#head));
  }
}
