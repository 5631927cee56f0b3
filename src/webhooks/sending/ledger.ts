// What became of the changes of a webhook: how far it has come, and the rows of those that have not simply arrived.
import type { LoggedChange } from '../../feed/change.ts';
import type { Place } from '../../feed/place.ts';
import type { Item } from './file-queues.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import type { DeliveryRecording, HeldWebhook, KnownDelivery } from './sender-rows.ts';
import { Window } from './window.ts';

export interface LedgerOptions extends Omit<RecorderOptions, 'state'> {
  readonly failingForMs: () => number | null;
}

export class Ledger {
  readonly #webhook: HeldWebhook;
  readonly #window: Window;
  readonly #recorder: Recorder;
  /** Positions behind the place whose rows say what became of them. */
  readonly #known = new Set<number>();
  /** Where the feed was taken up to. */
  #taken: () => Place;
  #saved: number;

  constructor(options: LedgerOptions) {
    const { webhook } = options;
    this.#webhook = webhook;
    this.#window = new Window(webhook.place);
    this.#taken = () => webhook.place;
    this.#saved = webhook.place.position;
    this.#recorder = new Recorder({
      ...options,
      state: () => {
        const { place } = this;
        this.#saved = place.position;
        return { place, failingForMs: options.failingForMs() };
      },
    });
  }

  /** Everything up to here has arrived or has a row. */
  get place(): Place {
    return this.#window.place(this.#taken());
  }

  /** Changes that have neither arrived nor a row. */
  get open(): number {
    return this.#window.size;
  }

  restore(known: readonly KnownDelivery[]): void {
    for (const { position } of known) if (position > this.#webhook.place.position) this.#known.add(position);
  }

  /** @param stream every matching change up to its place was given to `begin` */
  follow(stream: { readonly place: Place }): void {
    this.#taken = () => stream.place;
  }

  /** @returns false when a row says already what became of it */
  begin(change: LoggedChange): boolean {
    if (this.#known.delete(change.position)) return false;
    this.#window.open(change);
    return true;
  }

  record(
    { fileId, position, fingerprint, attempts }: Item,
    state: DeliveryRecording['state'],
    more: Partial<DeliveryRecording> = {},
  ): void {
    const delivery = {
      fileId,
      position,
      fingerprint,
      attempts,
      state,
      status: null,
      error: null,
      waitMs: null,
      ...more,
    };
    this.#window.settle(delivery);
    this.#recorder.add(delivery);
  }

  /** Writes how far the feed was taken with changes that did not match. */
  savePlace(): void {
    if (this.place.position !== this.#saved) this.#recorder.wake();
  }

  async stop(): Promise<void> {
    await this.#recorder.stop();
  }

  drop(): void {
    this.#recorder.drop();
  }
}
