// A live list of files with @urql/core and graphql-ws.
import { Client, type CombinedError, type ExecutionResult, fetchExchange, subscriptionExchange } from '@urql/core';
import { type Change, FOLLOW, Interrupted, READ, type Show, type Snapshot, keepLive } from './live-files.ts';
import { createLiveSocket } from './live-socket.ts';

/** @param url of the server, such as http://127.0.0.1:4000 */
export function createLiveClient(url: string): Client {
  const socket = createLiveSocket(url);
  return new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables = {} }) => ({
          subscribe: ({ next, error }) => ({
            unsubscribe: socket.subscribe(
              { query, variables },
              {
                next: (result) => next(result as ExecutionResult),
                error,
                // urql does not report a completion; here it is one more end after which to reconnect.
                complete: () => error(new Error('completed')),
              },
            ),
          }),
        }),
      }),
    ],
  });
}

/** Keeps the list live until the returned function is called. */
export function watchFiles(client: Client, show: Show): () => void {
  return keepLive({ read: () => read(client), follow: (...args) => follow(client, ...args) }, show);
}

async function read(client: Client): Promise<Snapshot> {
  const { data, error } = await client.query<Snapshot>(READ, {}, { requestPolicy: 'network-only' });
  if (data === undefined) throw new Error('the list could not be read', { cause: error });
  return data;
}

function follow(
  client: Client,
  after: string,
  onChange: (change: Change) => void,
  signal: AbortSignal,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (error?: CombinedError): void => {
      stream.unsubscribe();
      reject(new Interrupted(error?.graphQLErrors));
    };
    const stream = client.subscription<{ fileChanges: Change }>(FOLLOW, { after }).subscribe(({ data, error }) => {
      // Check the error first: beside it, urql repeats the data of the previous change.
      if (error !== undefined) end(error);
      else if (data !== undefined) onChange(data.fileChanges);
    });
    signal.addEventListener('abort', () => end(), { once: true });
  });
}
