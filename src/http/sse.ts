// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as graphql-sse's distinct
// connections mode frames them, with one thing more: the cursor of each change is the event's id, so that a browser's
// EventSource comes back with Last-Event-ID and goes on where it was.
import type { ExecutionResult } from 'graphql';
import { type FetchAPI, type Plugin, isAsyncIterable } from 'graphql-yoga';
import type { GraphQLContext } from '../schema/context.ts';
import { type Subscribe, type Subscribed, isSubscribed } from './subscribe.ts';

const EVENT_STREAM = 'text/event-stream';
const PING_MS = 12_000;
const HEADERS = {
  'content-type': EVENT_STREAM,
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  // nginx would collect events otherwise.
  'x-accel-buffering': 'no',
};

const acceptsEvents = ({ headers }: Request): boolean => headers.get('accept')?.includes(EVENT_STREAM) === true;

/** The context of the subscription that answers a request. */
const contexts = new WeakMap<Request, GraphQLContext>();

type Printable = ExecutionResult & { readonly stringify?: (result: unknown) => string };

const idOf = (context: GraphQLContext | undefined): string =>
  context === undefined || context.stream.cursor === null ? '' : `id: ${context.stream.cursor}\n`;

// The executor says how a result with errors is to be printed.
const frame = (result: Printable, id: string): string =>
  `event: next\n${id}data: ${(result.stringify ?? JSON.stringify)(result)}\n\n`;

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
      // Some browsers hold back the headers until something follows them. An id without data is no event, but it is
      // remembered: who is cut off before the first change comes back to the place where it began.
      controller.enqueue(encoder.encode(`:\n${idOf(context)}\n`));
      ping = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(':\n\n'));
      }, PING_MS);
    },
    pull: async (controller) => {
      const { done, value } = (await iterator.next()) as IteratorResult<ExecutionResult, undefined>;
      controller.enqueue(encoder.encode(done === true ? 'event: complete\ndata:\n\n' : frame(value, idOf(context))));
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
      new Response(toStream(result, contexts.get(request)), { headers: HEADERS });
    payload.setResultProcessor(toResponse, EVENT_STREAM);
  },
});
