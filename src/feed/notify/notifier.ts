// Signals between replicas. A signal never carries the truth: whatever is lost on the way is read from PostgreSQL.

export interface Notifier {
  /** Sends a signal to every replica, this one included. */
  publish(channel: string, payload: string): Promise<void>;
  stop(): Promise<void>;
}

export interface SignalHandler {
  onSignal(channel: string, payload: string): void;
  /** Subscribed, for the first time or again: signals from before are lost, so read what they may have announced. */
  onSubscribed(): void;
}
