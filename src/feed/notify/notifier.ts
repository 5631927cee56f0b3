// Signals between replicas. A signal never carries the truth: whatever is lost on the way is read from PostgreSQL.
import type { LoggedChange } from '../change.ts';
import type { Place } from '../place.ts';

/** Changes that stand together in the log. */
export interface Batch {
  /** The place that the first of them follows. */
  readonly after: Place;
  readonly changes: readonly LoggedChange[];
}

/** A replica has given positions to changes, and committed that. */
export interface FeedSignal {
  /** The position of the newest. */
  readonly head: number;
  /** Null: they are to be read from the log. */
  readonly batch: Batch | null;
}

export interface Notifier {
  /** Whether the statement that gives positions makes them known in its own commit, by NOTIFY; otherwise `announce` does. */
  readonly isInCommit: boolean;
  /** Whether signals come in. */
  readonly isConnected: boolean;
  /** Whether signals carry changes, and come in: then the database need not be asked so often. */
  readonly carriesChanges: boolean;
  /** Signals that were received and cannot be used: of strangers, of another database, of a version that is not known. */
  readonly refused: number;
  /** Tells the other replicas what this one has committed. Never before the commit. Must not throw. */
  announce(signal: FeedSignal): void;
  /** @param payload see progress/exchange.ts */
  publishProgress(payload: string): Promise<void>;
  /** Tells the other replicas that a webhook was made or changed. Never before the commit. */
  publishWebhooks(): Promise<void>;
  /** What this replica knew of the log may never have been. */
  restart(): void;
  stop(): Promise<void>;
}

/** None of them may throw. */
export interface SignalHandler {
  onSequenced(signal: FeedSignal): void;
  onProgress(payload: string): void;
  /** A webhook was made or changed, at whichever replica. */
  onWebhooks(): void;
  /** Signals may have been lost, so read what they would have announced: subscribed (again), or one cannot be understood. */
  onMissed(): void;
}

/** A driver. */
export type OpenNotifier = (handler: SignalHandler) => Notifier;

export interface SignalCounts {
  /** Whether signals of other replicas come in. */
  readonly isConnected: boolean;
  /** Signals that could not be used. */
  readonly refused: number;
  /** Changes that came with signals. */
  readonly changes: number;
}
