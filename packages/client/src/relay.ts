// Relay: a subscribe function that loses nothing.
import { type GraphQLResponse, Observable, type SubscribeFunction } from 'relay-runtime';
import type { Waybill } from './client.ts';

/**
 * The second parameter of `Network.create`. A subscription to `fileChanges` takes the variable `$after` and selects
 * `cursor`: it goes on after its newest change, whatever interrupts it. After an error CURSOR_EXPIRED, INVALID_CURSOR or
 * FEED_FORKED, read everything anew.
 */
export const waybillSubscribe =
  (waybill: Waybill): SubscribeFunction =>
  ({ text }, variables) =>
    Observable.create<GraphQLResponse>((sink) =>
      waybill.subscribe<GraphQLResponse & object, object>(text ?? '', variables, {
        next: (data) => sink.next({ data }),
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      }),
    );
