// Where a replica's feed stands, for metrics.
import type { CatchUps } from './delivery/catch-ups.ts';
import type { FeedPoller } from './delivery/poller.ts';
import type { Notifier, SignalCounts } from './notify/notifier.ts';

export class FeedGauges {
  readonly #poller: FeedPoller;
  readonly #catchUps: CatchUps;
  readonly #notifier: Notifier;

  constructor(poller: FeedPoller, catchUps: CatchUps, notifier: Notifier) {
    this.#poller = poller;
    this.#catchUps = catchUps;
    this.#notifier = notifier;
  }

  /** Streams that follow the feed on this replica. */
  get followers(): number {
    return this.#poller.router.size;
  }

  /** Streams that wait for a read of the log. */
  get catchingUp(): number {
    return this.#catchUps.waiting;
  }

  /** Pages of the log read for streams that are behind. */
  get pagesRead(): number {
    return this.#catchUps.pagesRead;
  }

  /** Age of the oldest committed change without a position, in seconds. */
  get lagSeconds(): number {
    const { pendingSince } = this.#poller.state;
    return pendingSince === null ? 0 : Math.max(0, (Date.now() - pendingSince.getTime()) / 1_000);
  }

  /** Changes with a position that this replica has not read yet, as of its last poll. */
  get behind(): number {
    return Math.max(0, this.#poller.state.head.position - this.#poller.ring.head);
  }

  get isSequencing(): boolean {
    return this.#poller.sequencing.isRunning;
  }

  /** Changes that this replica has sequenced. */
  get sequenced(): number {
    return this.#poller.sequencing.total;
  }

  /** Of signals between replicas. */
  get signals(): SignalCounts {
    const { isConnected, refused } = this.#notifier;
    return { isConnected, refused, changes: this.#poller.signals.taken };
  }

  /** Changes held in memory. */
  get ringDepth(): number {
    return this.#poller.ring.size;
  }
}
