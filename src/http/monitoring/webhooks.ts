// Metrics of webhooks: what became of attempts, and how far webhooks are behind.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Outcome } from '../../webhooks/post.ts';

const OUTCOMES = ['delivered', 'refused', 'unanswered'] as const;

/** What is read at each scrape. */
export interface WebhookLag {
  readonly places: readonly { readonly position: number }[];
  readonly head: number;
}

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

  /** Totals only: a series for each webhook would name those of all tenants. `Webhook.cursor` says it of each. */
  observe(read: () => WebhookLag): void {
    this.#gauge('waybill_webhooks_held', 'Webhooks that this replica sends to.', () => read().places.length);
    this.#gauge(
      'waybill_webhook_lag_changes_max',
      'Changes of the feed that the webhook of this replica that is furthest behind has not been sent, or did not match.',
      () => {
        const { places, head } = read();
        return places.reduce((most, { position }) => Math.max(most, head - position), 0);
      },
    );
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
