// For streams that are read: wakes the reader when there is a change for it, and spares it those that were not.
import { Bell, type Waiter } from './bell.ts';
import type { Follower } from './follow.ts';
import type { Hearer, Router } from './router.ts';

/**
 * Call before reading. Each time the reader has read to the end and waits, its position is moved over what has been
 * routed meanwhile and was not for it: it must not fall out of the ring, or behind retention, for changes of others.
 */
export function waitForChanges(router: Router, follower: Follower, signal: AbortSignal): Waiter {
  const bell = new Bell();
  const waiter = bell.enter(signal);
  /** The last position before the first change that was told since the reader last woke. */
  let clearUpTo: number | null = null;
  const lose = (position: number): void => {
    clearUpTo ??= position;
    bell.ring();
  };
  const hearer: Hearer = {
    tenant: follower.tenant,
    filter: follower.filter,
    hear: ({ position }) => lose(position - 1),
    lose,
    end: () => bell.ring(),
  };
  router.enter(hearer);
  return {
    next: async () => {
      await waiter.next();
      follower.skipTo(clearUpTo ?? router.position);
      clearUpTo = null;
    },
    nudge: () => waiter.nudge(),
    leave: () => {
      router.leave(hearer);
      waiter.leave();
    },
  };
}
