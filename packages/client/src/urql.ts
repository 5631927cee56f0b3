// urql: an exchange for subscriptions that lose nothing.
import { type Exchange, subscriptionExchange } from '@urql/core';
import type { Waybill } from './client.ts';

/**
 * The exchange for subscriptions. One to `fileChanges` takes the variable `$after` and selects `cursor`: it goes on after
 * its newest change, whatever interrupts it. After a network error whose code is CURSOR_EXPIRED, INVALID_CURSOR or
 * FEED_FORKED, read everything anew.
 */
export const waybillExchange = (waybill: Waybill): Exchange =>
  subscriptionExchange({
    forwardSubscription: ({ query = '', variables = {} }) => ({
      subscribe: ({ next, error, complete }) => ({
        unsubscribe: waybill.subscribe<Record<string, unknown>, object>(query, variables, {
          next: (data) => next({ data }),
          error,
          complete,
        }),
      }),
    }),
  });
