// Server-sent events for requests that only Yoga takes (of other origins, in chunks, piped): event-stream.ts has the others.
import type { ExecutionResult } from 'graphql';
import { type FetchAPI, type Plugin, isAsyncIterable } from 'graphql-yoga';
import type { GraphQLContext } from '../schema/context.ts';
import { COMPLETE, EVENT_STREAM, PING, PING_MS, STREAM_HEADERS, frameBeginning, frameNext } from './sse-frames.ts';
import { type Subscribe, type Subscribed, isSubscribed } from './subscribe.ts';

const acceptsEvents = ({ headers }: Request): boolean => headers.get('accept')?.includes(EVENT_STREAM) === true;

/** The context of the subscription that answers a request. */
const contexts = new WeakMap<Request, GraphQLContext>();

type Printable = ExecutionResult & { readonly stringify?: (result: unknown) => string };

const cursorOf = (context: GraphQLContext | undefined): string | null => context?.stream.cursor ?? null;

// The executor says how a result with errors is to be printed.
const frame = (result: Printable, cursor: string | null): string =>
  frameNext((result.stringify ?? JSON.stringify)(result), cursor);

/** One write a frame; the next result is asked for when the last frame was taken: a slow reader stalls its own stream. */
function toStream(
  results: AsyncIterable<ExecutionResult>,
  context: GraphQLContext | undefined,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = results[Symbol.asyncIterator]();
  let ping: NodeJS.Timeout | undefined;
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(encoder.encode(frameBeginning(cursorOf(context))));
      ping = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(PING));
      }, PING_MS);
    },
    pull: async (controller) => {
      const { done, value } = (await iterator.next()) as IteratorResult<ExecutionResult, undefined>;
      controller.enqueue(encoder.encode(done === true ? COMPLETE : frame(value, cursorOf(context))));
      if (done !== true) return;
      clearInterval(ping);
      controller.close();
    },
    cancel: async () => {
      clearInterval(ping);
      await iterator.return?.();
    },
  });
}

/** The results of a subscription, each printed once for all who hear the same. */
function printedResults({ stream, operation }: Subscribed, context: GraphQLContext): AsyncGenerator<Printable, void> {
  return {
    next: async () => {
      const { done, value: event } = await stream.next();
      if (done === true) return { done, value: undefined };
      const { text, cursor } = await operation.resultOf(event);
      context.stream.cursor = cursor;
      return { done: false, value: { stringify: () => text } };
    },
    return: async () => {
      await stream.return();
      return { done: true, value: undefined };
    },
    throw: async (error) => {
      await stream.return();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

/** Takes the place of Yoga's own event stream. */
export const useEventStream = (subscribe: Subscribe): Plugin<GraphQLContext> => ({
  onSubscribe: ({ args: { contextValue }, setSubscribeFn }) => {
    if (contextValue.request !== undefined) contexts.set(contextValue.request, contextValue);
    setSubscribeFn(async (args) => {
      const result = await subscribe({ ...args, contextValue });
      return isSubscribed(result) ? printedResults(result, contextValue) : result;
    });
  },
  onResultProcess: (payload) => {
    const { request, result } = payload;
    // What never became a stream (an error, a query) is Yoga's to frame.
    if (!isAsyncIterable<ExecutionResult>(result) || !acceptsEvents(request)) return;
    const toResponse = (_result: unknown, { Response }: FetchAPI) =>
      new Response(toStream(result, contexts.get(request)), { headers: STREAM_HEADERS });
    payload.setResultProcessor(toResponse, EVENT_STREAM);
  },
});
