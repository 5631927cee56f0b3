// A subscription over a WebSocket. For graphql-ws it is a generator that never yields, which tells it when the
// subscription ends. Results go past graphql-ws: printed once for all subscribers of the operation, with only the
// subscription's id added.
import { type ErrorReporter, presentError } from '../../graphql/errors.ts';
import type { Printed } from '../../graphql/printed-results.ts';
import type { Subscribed } from '../../graphql/subscribe.ts';
import { SubscriptionWriter } from '../subscription-writer.ts';
import { frameOf } from './frames.ts';
import type { SocketWriter } from './socket-writer.ts';

type End = IteratorResult<never, void>;

const DONE: End = { done: true, value: undefined };

export interface SocketSubscriptionOptions {
  readonly socketWriter: SocketWriter;
  /** The client's id of the subscription. */
  readonly id: string;
  readonly requestId: string;
  readonly reporter: ErrorReporter;
}

export class SocketSubscription extends SubscriptionWriter implements AsyncGenerator<never, void> {
  readonly #socketWriter: SocketWriter;
  /** The message, up to its payload. */
  readonly #head: string;
  readonly #requestId: string;
  readonly #reporter: ErrorReporter;
  #resolve: ((end: End | Promise<never>) => void) | undefined;

  constructor(subscribed: Subscribed, { socketWriter, id, requestId, reporter }: SocketSubscriptionOptions) {
    super(subscribed, socketWriter);
    this.#socketWriter = socketWriter;
    this.#head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.#requestId = requestId;
    this.#reporter = reporter;
  }

  protected override send(printed: Printed): void {
    this.#socketWriter.sendFrame(frameOf(printed, this.#head));
  }

  override end(failure: unknown): void {
    if (failure === null) this.#resolve?.(DONE);
    else this.#resolve?.(Promise.reject(presentError(failure, this.#requestId, this.#reporter)));
  }

  /** Starts the delivery; resolves at the end. */
  next(): Promise<End> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.stream.deliverTo(this);
    });
  }

  async return(): Promise<End> {
    await this.stream.return();
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
}
