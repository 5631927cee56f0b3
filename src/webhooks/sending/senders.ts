// The webhooks that this replica sends to. It extends its lease, takes its share of the webhooks that nobody sends to, and lets
// go of those that were changed or taken over. A replica that is not heard of loses its webhooks within LEASE_MS + ROUND_MS.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Outcome } from '../post.ts';
import { RequestTurns } from './request-turns.ts';
import { Sender } from './sender.ts';
import type { SenderOptions } from './sender-options.ts';
import { type HeldWebhook, SenderRows, type Shares } from './sender-rows.ts';

const LEASE_MS = 6_000;
const ROUND_MS = 2_000;
/** Between rounds that are asked for, so that whoever changes webhooks all the time does not keep the database busy. */
const SPACING_MS = 50;
/** Taken in one round; whoever has fewer than its share takes more in the next, at once. */
const MOST_CLAIMED = 100;
const SAVE_EVERY_MS = 60_000;

type Given = Pick<SenderOptions, 'feed' | 'log' | 'random' | 'allow' | 'timeoutMs' | 'giveUpMs' | 'disableAfterMs'>;

export interface SendersOptions extends Given {
  readonly pool: Pool;
  /** An attempt ended. */
  readonly onOutcome: (outcome: Outcome, tookMs: number) => void;
  readonly leaseMs?: number;
  readonly roundMs?: number;
}

export interface WebhookLag {
  /** UUID. */
  readonly id: string;
  readonly changes: number;
}

export class Senders {
  readonly #options: SendersOptions;
  readonly #rows: SenderRows;
  readonly #senders = new Map<string, Sender>();
  readonly #turns = new RequestTurns();
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #pause = new AbortController();
  #heldUntil = -Infinity;
  #stopped: Promise<void> | undefined;
  #savedAt = 0;
  #isFailing = false;

  constructor(options: SendersOptions) {
    this.#options = options;
    const id = randomUUID();
    this.#rows = new SenderRows(options.pool, id);
    options.log.info({ sender: id }, 'sending to webhooks');
    this.#loop = this.#run();
  }

  /** Of each webhook that this replica sends to: how far it is behind the position, in changes of the feed. */
  lags(head: number): readonly WebhookLag[] {
    return Array.from(this.#senders.values(), (sender) => ({ id: sender.webhook.id, changes: sender.lag(head) }));
  }

  /** A webhook was made or changed here: it begins anew at once. */
  noteChanged(id: string): void {
    this.#senders.get(id)?.abandon();
    this.look();
  }

  /** A webhook may have been made or changed, somewhere: the next round, which would find out in any case, comes at once. */
  look(): void {
    this.#pause.abort();
  }

  /** Others take over at once. Idempotent. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#pause.abort();
    await this.#loop;
    await Promise.all(Array.from(this.#senders.values(), (sender) => sender.stop()));
    this.#senders.clear();
    await this.#rows.leave().catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#pause = new AbortController();
      const isMore = await this.#round().catch((error: unknown) => this.#noteFailure(error));
      if (!isMore) await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    await sleep(SPACING_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    await sleep((this.#options.roundMs ?? ROUND_MS) - SPACING_MS, undefined, { signal: this.#pause.signal }).catch(
      () => undefined,
    );
  }

  #noteFailure(error: unknown): false {
    // The next round tries again; one line in the log is enough.
    if (!this.#isFailing) this.#options.log.warn({ err: error }, 'webhooks cannot be looked after; trying again');
    this.#isFailing = true;
    return false;
  }

  /** @returns whether there may be more to take at once */
  async #round(): Promise<boolean> {
    const began = performance.now();
    const { leaseMs = LEASE_MS } = this.#options;
    const shares = await this.#rows.beat(leaseMs);
    if (this.#senders.size > 0) await this.#letGo();
    // Not before: after a long stop others have what this replica held.
    this.#heldUntil = began + leaseMs;
    for (const sender of this.#senders.values()) sender.resume();
    const wanted = await this.#balance(shares);
    this.#savePlaces();
    const claimed = wanted === 0 ? [] : await this.#rows.claim(Math.min(MOST_CLAIMED, wanted));
    for (const webhook of claimed) this.#start(webhook);
    this.#isFailing = false;
    return claimed.length === MOST_CLAIMED;
  }

  async #letGo(): Promise<void> {
    const held = Array.from(this.#senders.values(), ({ webhook }) => webhook);
    for (const id of await this.#rows.findLost(held)) this.#senders.get(id)?.abandon();
  }

  /** Gives up what is above this replica's share. @returns how many it may take */
  async #balance({ active, senders }: Shares): Promise<number> {
    const share = Math.ceil(active / senders);
    const excess = [...this.#senders.values()].slice(share);
    await Promise.all(excess.map((sender) => sender.stop()));
    for (const { webhook } of excess) this.#senders.delete(webhook.id);
    if (excess.length > 0) await this.#rows.release(excess.map(({ webhook }) => webhook));
    return share - this.#senders.size;
  }

  #savePlaces(): void {
    if (performance.now() - this.#savedAt < SAVE_EVERY_MS) return;
    this.#savedAt = performance.now();
    for (const sender of this.#senders.values()) sender.savePlace();
  }

  #start(webhook: HeldWebhook): void {
    // It was changed since this round has looked: what this replica knew of it is out of date.
    this.#senders.get(webhook.id)?.abandon();
    const sender: Sender = new Sender(
      webhook,
      this.#optionsOf(() => {
        if (this.#senders.get(webhook.id) === sender) this.#senders.delete(webhook.id);
        this.look();
      }),
    );
    this.#senders.set(webhook.id, sender);
    void sender.start();
  }

  #optionsOf(onEnd: () => void): SenderOptions {
    return {
      ...this.#options,
      rows: this.#rows,
      isHeld: () => performance.now() < this.#heldUntil,
      turns: this.#turns,
      onEnd,
    };
  }
}
