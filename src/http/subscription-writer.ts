// Sends the results of a subscription at the pace of its connection. Each transport says how a result is written.
import type { LiveStream, Subscriber } from '../feed/delivery/live-stream.ts';
import type { Printed } from '../graphql/printed-results.ts';
import type { SharedOperation } from '../graphql/shared-operation.ts';
import type { Subscribed } from '../graphql/subscribe.ts';
import type { Backpressure } from './backpressure.ts';

export abstract class SubscriptionWriter implements Subscriber<object> {
  protected readonly stream: LiveStream<object>;
  protected readonly connection: Backpressure;
  readonly #operation: SharedOperation;

  constructor({ stream, operation }: Subscribed, connection: Backpressure) {
    this.stream = stream;
    this.#operation = operation;
    this.connection = connection;
  }

  protected abstract send(printed: Printed): void;

  abstract end(failure: unknown): void;

  offer(event: object): boolean {
    if (!this.connection.isFree) return false;
    const printed = this.#operation.resultOf(event);
    if (printed instanceof Promise) return false;
    this.send(printed);
    return true;
  }

  async take(event: object): Promise<void> {
    await this.connection.whenFree();
    const printed = await this.#operation.resultOf(event);
    if (!this.stream.isOver) this.send(printed);
  }
}
