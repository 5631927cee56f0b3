// Subscribes, for every transport: the event stream of this subscriber, and the operation shared by all who ask for the
// same (https://spec.graphql.org/October2021/#sec-Subscription).
import { type ExecutionResult, createSourceEventStream } from 'graphql';
import { LiveStream } from '../feed/delivery/live-stream.ts';
import { type ErrorReporter, presentErrors } from './errors.ts';
import type { SharedOperation, SharedOperations, OperationArgs } from './shared-operation.ts';

export interface Subscribed {
  readonly stream: LiveStream<object>;
  /** Released when the stream ends. */
  readonly operation: SharedOperation;
}

export type Subscribe = (args: OperationArgs) => Promise<Subscribed | ExecutionResult>;

export function createSubscribe(operations: SharedOperations, reporter: ErrorReporter): Subscribe {
  return async (args) => {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return presentErrors(source, args.contextValue.requestId, reporter);
    if (!(source instanceof LiveStream)) throw new TypeError('a subscription must return a stream of the feed');
    const stream: LiveStream<object> = source;
    const operation = operations.join(args);
    stream.hold(operation);
    return { stream, operation };
  };
}

export const isSubscribed = (result: Subscribed | ExecutionResult): result is Subscribed => 'operation' in result;
