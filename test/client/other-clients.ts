// The client beside those that keep a cache of their own: each subscribes with its own means.
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { Client } from '@urql/core';
import { Network } from 'relay-runtime';
import { waybillLink } from '../../packages/client/src/apollo.ts';
import type { Waybill } from '../../packages/client/src/client.ts';
import { waybillSubscribe } from '../../packages/client/src/relay.ts';
import { waybillExchange } from '../../packages/client/src/urql.ts';

export interface Seen {
  readonly next: (data: Record<string, unknown>) => void;
  /** With its code. */
  readonly error: (code: string) => void;
  readonly complete: () => void;
}

/** @returns unsubscribes */
export type SubscribeBy = (
  waybill: Waybill,
  document: string,
  variables: Record<string, unknown>,
  seen: Seen,
) => () => void;

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | undefined)?.code);

/** Apollo must be told which types an interface has. */
export const createApolloCache = (): InMemoryCache =>
  new InMemoryCache({
    possibleTypes: { FileChangeWithFile: ['FileRegistered', 'FileTransitioned', 'FileProgressed'] },
  });

const byApollo: SubscribeBy = (waybill, document, variables, { next, error, complete }) => {
  const client = new ApolloClient({ cache: createApolloCache(), link: waybillLink(waybill) });
  let hasFailed = false;
  const subscription = client.subscribe<Record<string, unknown>>({ query: gql(document), variables }).subscribe({
    next: (result) => {
      hasFailed = result.error !== undefined;
      if (hasFailed) error(codeOf(result.error));
      else next(result.data ?? {});
    },
    // Apollo completes after an error.
    complete: () => hasFailed || complete(),
  });
  return () => subscription.unsubscribe();
};

const byUrql: SubscribeBy = (waybill, document, variables, { next, error }) => {
  const client = new Client({ url: 'unused', preferGetMethod: false, exchanges: [waybillExchange(waybill)] });
  const subscription = client.subscription<Record<string, unknown>>(document, variables).subscribe((result) => {
    if (result.error !== undefined) error(codeOf(result.error.networkError));
    else if (result.data !== undefined) next(result.data);
  });
  return () => subscription.unsubscribe();
};

/** By Relay's network: what is above it needs compiled documents. */
const byRelay: SubscribeBy = (waybill, text, variables, { next, error, complete }) => {
  const network = Network.create(() => Promise.reject(new Error('nothing is fetched')), waybillSubscribe(waybill));
  const params = { cacheID: '1', id: null, text, name: 'S', operationKind: 'subscription' as const, metadata: {} };
  const subscription = network.execute(params, variables, {}).subscribe({
    next: (response) => next((response as { readonly data: Record<string, unknown> }).data),
    error: (thrown: unknown) => error(codeOf(thrown)),
    complete,
  });
  return () => subscription.unsubscribe();
};

export const OTHER_CLIENTS: Readonly<Record<string, SubscribeBy>> = {
  'Apollo Client': byApollo,
  urql: byUrql,
  Relay: byRelay,
};
