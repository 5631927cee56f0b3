// Requests that the fast path leaves to Yoga (in chunks, HTTP/1.0, pipelined) are parsed and validated there. A
// subscription among them is then sent by the same EventStream; Yoga sends only its refusals.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { ErrorReporter } from '../../graphql/errors.ts';
import { type Subscribe, type Subscribed, isSubscribed } from '../../graphql/subscribe.ts';
import type { GraphQLContext } from '../../schema/context.ts';
import { STREAM_HEADERS } from './frames.ts';
import { EventStream } from './stream.ts';

/** Yoga adds the response of node:http. */
type YogaContext = GraphQLContext & { readonly res: ServerResponse };

interface Opened {
  readonly subscribed: Subscribed;
  readonly context: YogaContext;
}

export function useEventStream(subscribe: Subscribe, reporter: ErrorReporter): Plugin<YogaContext> {
  const opened = new WeakMap<Request, Opened>();
  return {
    onSubscribe: ({ args: { contextValue: context }, setSubscribeFn }) => {
      setSubscribeFn(async (args) => {
        // A pipelined request gets its connection when the answers before it are through.
        if (context.res.socket === null) await once(context.res, 'socket');
        const result = await subscribe({ ...args, contextValue: context });
        if (!isSubscribed(result)) return result;
        opened.set(context.request, { subscribed: result, context });
        return result.stream;
      });
    },
    onResultProcess: (payload) => {
      const found = opened.get(payload.request);
      if (found === undefined) return;
      // The client accepts no event stream, and Yoga answers 406.
      if (payload.resultProcessor === undefined) return void found.subscribed.stream.return();
      const respond = async (_result: unknown, { Response }: { Response: typeof globalThis.Response }) => {
        await sendEvents(found, reporter);
        return new Response(null);
      };
      payload.setResultProcessor(respond, STREAM_HEADERS['content-type']);
    },
  };
}

/** Resolves when the response is over; Yoga sends nothing on a response that has ended. */
async function sendEvents({ subscribed, context }: Opened, reporter: ErrorReporter): Promise<void> {
  const { res: response, requestId, right, stream } = context;
  const { socket: transport } = response;
  if (transport === null || response.destroyed) return void subscribed.stream.return();
  const over = new Promise((resolve) => response.once('close', resolve));
  new EventStream(subscribed, { response, transport, requestId, right, reporter }).begin(stream.cursor);
  await over;
}
