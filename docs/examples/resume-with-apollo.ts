// A live list of files with @apollo/client and graphql-ws.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { type Change, FOLLOW, Interrupted, READ, type Show, type Snapshot, keepLive } from './live-files.ts';
import { createLiveSocket } from './live-socket.ts';

/** @param url of the server, such as http://127.0.0.1:4000 */
export function createLiveClient(url: string): ApolloClient {
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(createLiveSocket(url)),
    new HttpLink({ uri: `${url}/graphql` }),
  );
  return new ApolloClient({ cache: new InMemoryCache(), link });
}

/** Keeps the list live until the returned function is called. */
export function watchFiles(client: ApolloClient, show: Show): () => void {
  return keepLive({ read: () => read(client), follow: (...args) => follow(client, ...args) }, show);
}

// no-cache: a change that is older than the list must not overwrite it in Apollo's cache.

async function read(client: ApolloClient): Promise<Snapshot> {
  const { data } = await client.query<Snapshot>({ query: gql(READ), fetchPolicy: 'no-cache' });
  if (data === undefined) throw new Error('the list could not be read');
  return data;
}

function follow(
  client: ApolloClient,
  after: string,
  onChange: (change: Change) => void,
  signal: AbortSignal,
): Promise<never> {
  const changes = client.subscribe<{ fileChanges: Change }>({
    query: gql(FOLLOW),
    variables: { after },
    fetchPolicy: 'no-cache',
  });
  return new Promise((_resolve, reject) => {
    const end = (error?: unknown): void => {
      stream.unsubscribe();
      reject(new Interrupted(CombinedGraphQLErrors.is(error) ? error.errors : []));
    };
    const stream = changes.subscribe({
      next: ({ data, error }) => {
        if (error !== undefined) end(error);
        else if (data !== undefined) onChange(data.fileChanges);
      },
      complete: () => end(),
    });
    signal.addEventListener('abort', () => end(), { once: true });
  });
}
