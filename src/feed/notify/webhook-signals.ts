// Tells replicas that a webhook was made or changed. Whoever sends to webhooks looks now and then in any case, so that a signal
// that is lost costs a moment.
import type { Logger } from '../../log.ts';

export class WebhookSignals {
  readonly #listeners = new Set<() => void>();
  readonly #publish: () => Promise<void>;
  readonly #log: Logger;

  constructor(publish: () => Promise<void>, log: Logger) {
    this.#publish = publish;
    this.#log = log;
  }

  /** Call after a commit that made or changed a webhook. */
  announce(): void {
    this.#publish().catch((error: unknown) =>
      this.#log.debug({ err: error }, 'other replicas were not told of a changed webhook'),
    );
  }

  /** @param listener called when a webhook may have been made or changed, at whichever replica */
  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Call with each signal that arrives, and when some may have been lost. */
  receive(): void {
    for (const listener of this.#listeners) listener();
  }
}
