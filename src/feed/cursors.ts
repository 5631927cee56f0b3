// The places that cursors name, if one can go on from there.
import type { Pool } from 'pg';
import { Gatherer } from '../db/gather.ts';
import { feedForked, invalidCursor, parseCursor } from './cursor.ts';
import type { FeedPoller } from './delivery/poller.ts';
import { type FeedState, faultOf, readFeedStates } from './log/state.ts';
import type { Place } from './place.ts';

export class Cursors {
  readonly #poller: FeedPoller;
  /** Thousands resume at once. */
  readonly #states: Gatherer<number, FeedState>;

  constructor(pool: Pool, poller: FeedPoller) {
    this.#poller = poller;
    this.#states = new Gatherer((positions) => readFeedStates(pool, positions), { atOnce: 1 });
  }

  /** @throws CursorError INVALID_CURSOR, CURSOR_EXPIRED, FEED_FORKED */
  async placeOf(cursor: string): Promise<Place> {
    const poller = this.#poller;
    const { feedId } = poller.state;
    const { position, fingerprint } = parseCursor(cursor, feedId);
    const { place } = poller.ring;
    // The cursor of now, which most subscribers use.
    if (position === place.position && (fingerprint ?? place.fingerprint) === place.fingerprint) return place;
    // Asked of the database: a cursor from another replica may be ahead of this one.
    const state = await this.#states.add(position);
    if (fingerprint === null && position > state.head.position) throw invalidCursor();
    const asked = { position, fingerprint: fingerprint ?? state.standing?.fingerprint ?? 0 };
    const fault = faultOf(asked, state);
    if (fault !== null) throw fault;
    await poller.reach(position);
    // The log was taken back, and this replica has not noticed yet.
    if (poller.ring.contradicts(asked)) await poller.catchUp();
    const isElsewhere = state.feedId !== feedId || position > poller.ring.head || poller.ring.contradicts(asked);
    if (isElsewhere) throw feedForked(poller.state.feedId, poller.state.head);
    return asked;
  }
}
