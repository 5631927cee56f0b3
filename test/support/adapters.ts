// The clients that applications use, behind one interface: urql, Apollo Client, graphql-sse, and fetch by hand.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { type Sink, createClient as createSocketClient } from 'graphql-ws';
import { OperationTypeNode } from 'graphql';
import { WebSocket } from 'ws';
import { get } from './http.ts';
import { readEvents } from './sse.ts';

type Variables = Record<string, unknown>;

/** What the subscription of the tests answers with. */
export interface Watched {
  readonly file: { readonly id: string; readonly state: string; readonly version: number };
}

type Subscribe = (
  document: string,
  variables: Variables,
  onData: (data: Watched) => void,
  onError: (message: string) => void,
) => () => void;

/** What every client can do. */
export interface Adapter {
  readonly query: <Data>(document: string, variables: Variables) => Promise<Data>;
  readonly mutate: <Data>(document: string, variables: Variables) => Promise<Data>;
  /** Calls back with each payload, and with the message of an error. Returns what unsubscribes. */
  readonly subscribe: Subscribe;
  readonly dispose: () => Promise<void> | void;
}

const connectSocket = (url: string) =>
  createSocketClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });

const messageOf = (error: unknown): string => {
  if (Array.isArray(error)) return error.map(messageOf).join();
  return (error as { message?: string }).message ?? JSON.stringify(error);
};

export function useUrql(url: string): Adapter {
  const socket = connectSocket(url);
  const client = new UrqlClient({
    url: `${url}/graphql`,
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query, variables: variables ?? {} }, sink as Sink<object>),
          }),
        }),
      }),
    ],
  });
  const unwrap = <Data>({ data, error }: { data?: Data; error?: Error | undefined }): Data => {
    if (error !== undefined) throw error;
    return data!;
  };
  return {
    query: async (document, variables) =>
      unwrap(await client.query(document, variables, { requestPolicy: 'network-only' }).toPromise()),
    mutate: async (document, variables) => unwrap(await client.mutation(document, variables).toPromise()),
    subscribe: (document, variables, onData, onError) => {
      const watching = client.subscription<Watched>(document, variables).subscribe(({ data, error }) => {
        if (error !== undefined) onError(error.message);
        else if (data !== undefined) onData(data);
      });
      return () => watching.unsubscribe();
    },
    dispose: () => socket.dispose(),
  };
}

export function useApollo(url: string): Adapter & { readonly client: ApolloClient } {
  const socket = connectSocket(url);
  const client = new ApolloClient({
    // Apollo Client needs this to match `... on Error` and the members of unions.
    cache: new InMemoryCache({
      possibleTypes: {
        Error: ['RequestError', 'TransitionRejected'],
        RegisterFileResult: ['RegisterFileSuccess', 'RequestError'],
        TransitionFileResult: ['TransitionFileSuccess', 'TransitionRejected', 'RequestError'],
      },
    }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: `${url}/graphql` }),
    ),
  });
  return {
    client,
    query: async <Data>(document: string, variables: Variables) =>
      (await client.query<Data>({ query: gql(document), variables, fetchPolicy: 'network-only' })).data!,
    mutate: async <Data>(document: string, variables: Variables) =>
      (await client.mutate<Data>({ mutation: gql(document), variables })).data!,
    subscribe: (document, variables, onData, onError) => {
      const watching = client.subscribe<Watched>({ query: gql(document), variables }).subscribe({
        next: ({ data, error }) => (error ? onError(error.message) : onData(data!)),
        error: (error) => onError(messageOf(error)),
      });
      return () => watching.unsubscribe();
    },
    dispose: async () => {
      client.stop();
      await socket.dispose();
    },
  };
}

/** Everything over server-sent events, queries and mutations too. */
export function useGraphqlSse(url: string): Adapter {
  const client = createSseClient({ url: `${url}/graphql`, retryAttempts: 0 });
  const once = async <Data>(query: string, variables: Variables): Promise<Data> => {
    for await (const { data } of client.iterate<Data>({ query, variables })) return data!;
    throw new Error('no answer');
  };
  return {
    query: once,
    mutate: once,
    subscribe: (query, variables, onData, onError) =>
      client.subscribe<Watched>(
        { query, variables },
        {
          next: ({ data, errors }) => (errors ? onError(messageOf(errors)) : onData(data!)),
          error: (error) => onError(messageOf(error)),
          complete: () => undefined,
        },
      ),
    dispose: () => client.dispose(),
  };
}

/** Plain fetch: JSON for operations, the stream read by hand. */
export function useFetch(url: string): Adapter {
  const once = async <Data>(query: string, variables: Variables): Promise<Data> => {
    const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    return (JSON.parse((await get(url, `/graphql?${parameters.toString()}`)).text) as { data: Data }).data;
  };
  const post = async <Data>(query: string, variables: Variables): Promise<Data> => {
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    return ((await response.json()) as { data: Data }).data;
  };
  return {
    query: once,
    mutate: post,
    subscribe: (query, variables, onData, onError) => {
      const ending = new AbortController();
      void (async () => {
        for await (const { event, data } of readEvents(url, query, variables, ending.signal)) {
          if (event !== 'next') continue;
          const { errors, ...result } = JSON.parse(data) as { data: never; errors?: unknown };
          if (errors === undefined) onData(result.data);
          else onError(messageOf(errors));
        }
      })().catch(() => undefined);
      return () => ending.abort();
    },
    dispose: () => undefined,
  };
}
