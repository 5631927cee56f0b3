// Apollo Client: a link for subscriptions that lose nothing.
import { ApolloLink, Observable } from '@apollo/client';
import { print } from 'graphql';
import type { Waybill } from './client.ts';

/**
 * The link for subscriptions. One to `fileChanges` takes the variable `$after` and selects `cursor`: it goes on after its
 * newest change, whatever interrupts it. After an error CURSOR_EXPIRED, INVALID_CURSOR or FEED_FORKED, read everything anew.
 */
export const waybillLink = (waybill: Waybill): ApolloLink =>
  new ApolloLink(
    ({ query, variables }) =>
      new Observable((observer) =>
        waybill.subscribe<Record<string, unknown>, object>(print(query), variables, {
          next: (data) => observer.next({ data }),
          error: (error) => observer.error(error),
          complete: () => observer.complete(),
        }),
      ),
  );
