// Writes what became of deliveries, and how far the webhook has come: many in one statement, one statement at a time.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import type { DeliveryRecording, Recording, SenderRows, HeldWebhook } from './sender-rows.ts';

/** Between two statements of a webhook. What was delivered since the last one is delivered again after a crash. */
const PAUSE_MS = 50;
const RETRY_MS = 1_000;
const PRUNE_EVERY = 500;
/** Deliveries that arrived and are kept. */
const KEEP = 1_000;

export interface RecorderOptions {
  readonly rows: Pick<SenderRows, 'record' | 'prune'>;
  readonly webhook: HeldWebhook;
  readonly log: Logger;
  /** What else is to be written, as of now. */
  readonly state: () => Omit<Recording, 'deliveries'>;
  /** The webhook is not held any more. */
  readonly onLost: () => void;
}

export class Recorder {
  readonly #options: RecorderOptions;
  #deliveries = new Map<number, DeliveryRecording>();
  #running: Promise<void> | null = null;
  #isDue = false;
  #isStopped = false;
  #isDropped = false;
  #sincePruned = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** The newest of a change counts. */
  add(delivery: DeliveryRecording): void {
    this.#deliveries.set(delivery.position, delivery);
    this.wake();
  }

  wake(): void {
    if (this.#isDropped) return;
    this.#isDue = true;
    this.#running ??= this.#run();
  }

  /** Writes what is left, unless the webhook is lost. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    if (this.#isDue) await this.#write();
  }

  /** Nothing more is written. */
  drop(): void {
    this.#isStopped = true;
    this.#isDropped = true;
    this.#isDue = false;
    this.#deliveries.clear();
  }

  async #run(): Promise<void> {
    while (this.#isDue && !this.#isStopped) {
      const isWritten = await this.#write();
      await sleep(isWritten ? PAUSE_MS : RETRY_MS, undefined, { ref: false });
    }
    this.#running = null;
  }

  /** @returns false when the database does not take it now: it is tried again */
  async #write(): Promise<boolean> {
    const { rows, webhook, state, onLost, log } = this.#options;
    const deliveries = this.#deliveries;
    this.#deliveries = new Map();
    this.#isDue = false;
    try {
      if (!(await rows.record(webhook, { deliveries: [...deliveries.values()], ...state() }))) onLost();
      this.#sincePruned += deliveries.size;
      if (this.#sincePruned >= PRUNE_EVERY) await rows.prune(webhook.id, KEEP);
      if (this.#sincePruned >= PRUNE_EVERY) this.#sincePruned = 0;
      return true;
    } catch (error) {
      log.warn({ err: error, webhook: webhook.id }, 'deliveries of a webhook could not be recorded; trying again');
      // What was added since is newer.
      this.#deliveries = new Map([...deliveries, ...this.#deliveries]);
      this.#isDue = true;
      return false;
    }
  }
}
