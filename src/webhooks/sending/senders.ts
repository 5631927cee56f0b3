// The webhooks that this replica sends to. It extends its lease, takes its share of the webhooks that nobody sends to, and lets
// go of those that were changed or taken over. A replica that is not heard of loses its webhooks within LEASE_MS + ROUND_MS.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Turns } from '../../jobs/turns.ts';
import type { Place } from '../../feed/place.ts';
import type { Outcome } from '../post.ts';
import { Sender } from './sender.ts';
import type { SenderOptions } from './sender-options.ts';
import { SenderRows, type Shares } from './sender-rows.ts';

const LEASE_MS = 6_000;
const ROUND_MS = 2_000;
/** Taken in one round; whoever has fewer than its share takes more in the next, at once. */
const MOST_CLAIMED = 100;
const SAVE_EVERY_MS = 60_000;
const REQUESTS = { atOnce: 256, atOncePerTenant: 64 };

type Given = Pick<SenderOptions, 'feed' | 'log' | 'random' | 'allow' | 'timeoutMs' | 'giveUpMs' | 'disableAfterMs'>;

export interface SendersOptions extends Given {
  readonly pool: Pool;
  /** An attempt ended. */
  readonly onOutcome: (outcome: Outcome, tookMs: number) => void;
}

export class Senders {
  readonly #options: SendersOptions;
  readonly #rows: SenderRows;
  readonly #senders = new Map<string, Sender>();
  readonly #turns = new Turns({ name: 'webhooks', ...REQUESTS, waiting: Infinity, waitingOfTenant: Infinity });
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

  /** Webhooks that this replica sends to, and up to where everything has arrived, or has a row. */
  get places(): readonly Place[] {
    return Array.from(this.#senders.values(), ({ place }) => place);
  }

  /** A webhook was made or changed here: it begins anew at once. Other replicas find out in their next round. */
  noteChanged(id: string): void {
    this.#senders.get(id)?.abandon();
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
      if (!isMore) await sleep(ROUND_MS, undefined, { signal: this.#pause.signal }).catch(() => undefined);
    }
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
    const shares = await this.#rows.beat(LEASE_MS);
    this.#heldUntil = began + LEASE_MS;
    if (this.#senders.size > 0) await this.#letGo();
    for (const sender of this.#senders.values()) sender.resume();
    const wanted = await this.#balance(shares);
    this.#savePlaces();
    const claimed = wanted === 0 ? [] : await this.#rows.claim(Math.min(MOST_CLAIMED, wanted));
    for (const webhook of claimed) this.#start(new Sender(webhook, this.#optionsOf(webhook.id)));
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

  #start(sender: Sender): void {
    this.#senders.set(sender.webhook.id, sender);
    void sender.start();
  }

  #optionsOf(id: string): SenderOptions {
    return {
      ...this.#options,
      rows: this.#rows,
      isHeld: () => performance.now() < this.#heldUntil,
      inTurn: (tenant, work) => this.#turns.take({ tenant, weight: 1, size: () => 1 }, work),
      onEnd: () => {
        this.#senders.delete(id);
        this.#pause.abort();
      },
    };
  }
}
