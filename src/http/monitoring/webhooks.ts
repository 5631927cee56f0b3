// Metrics of webhooks: what became of attempts, and how far webhooks are behind.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Outcome } from '../../webhooks/post.ts';
import type { WebhookLag } from '../../webhooks/sending/senders.ts';

const OUTCOMES = ['delivered', 'refused', 'unanswered'] as const;

/** Of those with a series of their own: however many webhooks there are, there are no more series of them. */
const MOST_NAMED = 10;

/** The random end of a UUIDv7. Metrics are public: who has the ids can tell which webhook it is, and nobody learns an id. */
const nameOf = ({ id }: WebhookLag): string => id.slice(-12);

export class WebhookMetrics {
  readonly #registry: Registry;
  readonly #attempts: Counter<'outcome'>;
  readonly #durations: Histogram;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#attempts = new Counter({
      name: 'waybill_webhook_attempts_total',
      help: 'Attempts to deliver a change to a webhook, by outcome (delivered, refused, unanswered).',
      labelNames: ['outcome'],
      registers: [registry],
    });
    for (const outcome of OUTCOMES) this.#attempts.inc({ outcome }, 0);
    this.#durations = new Histogram({
      name: 'waybill_webhook_attempt_duration_seconds',
      help: 'From the request to a receiver to the head of its answer.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
  }

  countAttempt({ isDelivered, status }: Outcome, tookMs: number): void {
    this.#attempts.inc({ outcome: isDelivered ? 'delivered' : status === null ? 'unanswered' : 'refused' });
    this.#durations.observe(tookMs / 1_000);
  }

  /** @param read asked at each scrape */
  observe(read: () => readonly WebhookLag[]): void {
    this.#gauge('waybill_webhooks_held', 'Webhooks that this replica sends to.', () => read().length);
    this.#gauge(
      'waybill_webhook_lag_changes_max',
      'How many changes the webhook of this replica that is furthest behind is behind the feed.',
      () => read().reduce((most, { changes }) => Math.max(most, changes), 0),
    );
    void new Gauge({
      name: 'waybill_webhook_lag_changes',
      help: `How many changes a webhook is behind the feed, of the ${MOST_NAMED} of this replica that are furthest behind, by the end of its id.`,
      labelNames: ['webhook'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const lag of furthestBehind(read())) this.set({ webhook: nameOf(lag) }, lag.changes);
      },
    });
  }

  #gauge(name: string, help: string, read: () => number): void {
    void new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}

const furthestBehind = (all: readonly WebhookLag[]): WebhookLag[] =>
  all
    .filter(({ changes }) => changes > 0)
    .toSorted((a, b) => b.changes - a.changes)
    .slice(0, MOST_NAMED);
