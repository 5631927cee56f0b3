// Sends the changes of the feed to one webhook: of each file one after the other, of different files several at once. It is a
// subscriber of the feed whose place is kept in the database, and moves only behind what has arrived or has a row that says it
// has not (docs/adr/0033).
import type { LoggedChange } from '../../feed/change.ts';
import { CursorError } from '../../feed/cursor.ts';
import type { ChangeStream } from '../../feed/delivery/change-stream.ts';
import type { FailedOutcome } from '../post.ts';
import { UNEXPECTED, consequencesOf } from './consequences.ts';
import { Deliverer } from './deliver.ts';
import { filterOf } from './filter.ts';
import { FileQueues, type Item, itemOf } from './file-queues.ts';
import { Ledger } from './ledger.ts';
import { Pace } from './pace.ts';
import { Requests } from './requests.ts';
import type { SenderOptions } from './sender-options.ts';
import type { DeliveryRecording, HeldWebhook, KnownDelivery } from './sender-rows.ts';

/** For what is on its way when the sender stops. */
const PATIENCE_MS = 3_000;
/** Changes taken from the feed that have neither arrived nor a row. */
const MOST_OPEN = 256;
/** Changes that wait for a retry, or behind one, or may have to. With as many the webhook stands still. */
const MOST_PARKED = 1_000;

export class Sender {
  readonly webhook: HeldWebhook;
  readonly #options: SenderOptions;
  readonly #queues = new FileQueues();
  readonly #pace: Pace;
  readonly #deliverer: Deliverer;
  readonly #ledger: Ledger;
  readonly #requests: Requests;
  #stream: ChangeStream<LoggedChange> | null = null;
  #failingSince: number | null;
  #room = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(webhook: HeldWebhook, options: SenderOptions) {
    this.webhook = webhook;
    this.#options = options;
    this.#pace = new Pace(options.random);
    this.#deliverer = new Deliverer(webhook, options);
    const { rows, log, turns } = options;
    const { tenant, failingForMs: failedForMs } = webhook;
    this.#requests = new Requests({ turns, tenant, sendNext: () => this.#sendNext(), onEnd: () => this.#send() });
    this.#failingSince = failedForMs === null ? null : performance.now() - failedForMs;
    const failingForMs = (): number | null =>
      this.#failingSince === null ? null : performance.now() - this.#failingSince;
    this.#ledger = new Ledger({ rows, webhook, log, failingForMs, onLost: () => this.abandon() });
  }

  /** Changes of the feed, up to the position, since the last before which all have arrived or were given up. */
  lag(head: number): number {
    return Math.max(0, head + 1 - (this.#queues.oldest ?? this.#ledger.place.position + 1));
  }

  async start(): Promise<void> {
    const { rows, feed } = this.#options;
    try {
      this.#restore(await rows.load(this.webhook));
      const stream = await feed.follow(
        { tenant: this.webhook.tenant, filter: filterOf(this.webhook) },
        this.webhook.place,
      );
      if (this.#isOver) return;
      this.#stream = stream;
      this.#ledger.follow(stream);
      stream.deliverTo({
        offer: (change) => this.#offer(change),
        take: (change) => this.#take(change),
        end: (failure) => void this.#endOf(failure),
      });
      this.#send();
    } catch (error) {
      await this.#endOf(error);
    }
  }

  /** Nothing more is sent; what is on its way is waited for, and what became of it is written. */
  async stop(): Promise<void> {
    this.#end();
    await this.#requests.settled(PATIENCE_MS);
    this.#deliverer.close();
    await this.#ledger.stop();
  }

  /** The webhook is another's, or changed: nothing is sent or written any more. */
  abandon(): void {
    this.#ledger.drop();
    this.#end();
    this.#deliverer.close();
    this.#options.onEnd();
  }

  /** Call now and then: writes how far the feed was taken with changes that did not match. */
  savePlace(): void {
    if (!this.#isOver) this.#ledger.savePlace();
  }

  /** Call when the lease was extended. */
  resume(): void {
    this.#send();
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#room.resolve();
    void this.#stream?.return();
  }

  async #endOf(failure: unknown): Promise<void> {
    const { log, rows } = this.#options;
    const { id } = this.webhook;
    if (this.#isOver) return;
    if (failure instanceof CursorError) await this.#disable(`${failure.code}: ${failure.message}`);
    else {
      if (failure !== null) log.warn({ err: failure, webhook: id }, 'a webhook has lost the feed; it begins anew');
      await this.stop();
      await rows.release([this.webhook]).catch(() => undefined);
      this.#options.onEnd();
    }
  }

  #restore(known: readonly KnownDelivery[]): void {
    const now = performance.now();
    this.#ledger.restore(known);
    for (const { state, ageMs, waitMs, ...delivery } of known) {
      if (state !== 'PENDING') continue;
      this.#queues.add({ ...delivery, change: undefined, since: now - ageMs, isParked: true }, now + waitMs);
    }
  }

  #offer(change: LoggedChange): boolean {
    const { open } = this.#ledger;
    if (this.#isOver || open >= MOST_OPEN || open + this.#queues.parkedItems >= MOST_PARKED) return false;
    this.#accept(change);
    return true;
  }

  async #take(change: LoggedChange): Promise<void> {
    while (!this.#offer(change)) {
      // To return is to have taken it: the place would be written as behind it.
      if (this.#isOver) throw new Error('the sender has ended');
      this.#room = Promise.withResolvers();
      await this.#room.promise;
    }
  }

  #accept(change: LoggedChange): void {
    if (!this.#ledger.begin(change)) return;
    const item = itemOf(change, performance.now(), this.#queues.isParked(change.fileId));
    this.#queues.add(item);
    if (item.isParked) this.#record(item, 'PENDING');
    this.#send();
  }

  #send(): void {
    clearTimeout(this.#timer);
    if (this.#isOver || !this.#options.isHeld()) return;
    const now = performance.now();
    const next = this.#queues.wake(now);
    const requests = this.#requests;
    while (this.#pace.allows(requests.counted, now) && requests.mayTake(this.#queues.ready)) requests.begin();
    const { pausedUntil } = this.#pace;
    const due = pausedUntil > now ? pausedUntil : next;
    if (due !== Infinity) this.#timer = setTimeout(() => this.#send(), Math.max(1, Math.min(due - now, 60_000)));
  }

  async #sendNext(): Promise<void> {
    // It may have failed since, or slowed down.
    const isAllowed = !this.#isOver && this.#pace.allows(this.#requests.running - 1, performance.now());
    const item = isAllowed ? this.#queues.next() : undefined;
    if (item === undefined) return;
    try {
      await this.#attempt(item);
    } catch (error) {
      this.#options.log.error({ err: error, webhook: this.webhook.id }, 'a delivery failed unexpectedly');
      this.#noteFailed(item, UNEXPECTED);
    }
  }

  async #attempt(item: Item): Promise<void> {
    const { feed, isHeld } = this.#options;
    const change = item.change ?? (await feed.changeAt(item));
    if (this.#isOver || !isHeld()) return this.#queues.putBack(item);
    if (change === null) return this.#finish(item, 'GIVEN_UP', { error: 'the log no longer has this change' });
    const outcome = await this.#deliverer.deliver(change);
    // It was cut off by the end of this sender.
    if (this.#isOver && !outcome.isDelivered) return;
    item.attempts += 1;
    if (outcome.isDelivered) this.#noteDelivered(item, outcome.status);
    else this.#noteFailed(item, outcome);
  }

  #noteDelivered(item: Item, status: number): void {
    this.#pace.noteSuccess();
    this.#failingSince = null;
    this.#finish(item, 'DELIVERED', { status });
  }

  #noteFailed(item: Item, failure: FailedOutcome): void {
    const now = performance.now();
    this.#pace.noteFailure(now, failure.status !== null);
    this.#failingSince ??= now;
    const times = { ageMs: now - item.since, failingForMs: now - this.#failingSince, attempts: item.attempts };
    const { waitMs, webhookWaitMs, disabledReason } = consequencesOf(failure, times, this.#options);
    this.#pace.pause(now + webhookWaitMs);
    if (waitMs === null) this.#finish(item, 'GIVEN_UP', failure);
    else this.#park(item, waitMs, failure);
    if (disabledReason !== null) void this.#disable(disabledReason);
  }

  #park(item: Item, waitMs: number, { status, error }: Pick<FailedOutcome, 'status' | 'error'>): void {
    const behind = this.#queues.park(item, performance.now() + waitMs).filter((each) => each !== item);
    this.#record(item, 'PENDING', { status, error, waitMs });
    for (const each of behind) this.#record(each, 'PENDING');
  }

  #finish(
    item: Item,
    state: 'DELIVERED' | 'GIVEN_UP',
    { status = null, error = null }: Partial<DeliveryRecording>,
  ): void {
    this.#queues.finish(item);
    this.#record(item, state, { status, error });
  }

  #record(item: Item, state: DeliveryRecording['state'], more: Partial<DeliveryRecording> = {}): void {
    this.#ledger.record(item, state, more);
    this.#room.resolve();
  }

  async #disable(reason: string): Promise<void> {
    const { rows, log, onEnd } = this.#options;
    if (this.#isOver) return;
    this.#end();
    await this.#ledger.stop();
    try {
      await rows.disable(this.webhook, reason);
      log.warn({ webhook: this.webhook.id, reason }, 'a webhook was disabled');
    } catch (failure) {
      // The next attempt finds the same.
      log.warn({ err: failure, webhook: this.webhook.id }, 'a webhook could not be disabled');
      await rows.release([this.webhook]).catch(() => undefined);
    }
    onEnd();
  }
}
