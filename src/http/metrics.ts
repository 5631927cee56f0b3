// GET /metrics: Prometheus text exposition (https://prometheus.io/docs/instrumenting/exposition_formats/).
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Feed } from '../feed/feed.ts';
import type { AnswerOf } from '../lifecycle/commands.ts';

/** Read when somebody scrapes. */
export interface Gauges {
  readonly feed: Feed;
  readonly sockets: () => number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #transitions: Counter<'outcome' | 'code'>;
  readonly #durations: Histogram;
  readonly #masked: Counter;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'waybill_' });
    this.#transitions = new Counter({
      name: 'waybill_transition_attempts_total',
      help: 'Attempts at a transition, by outcome (success, rejected, failed) and error code.',
      labelNames: ['outcome', 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'waybill_transition_duration_seconds',
      help: 'From the request for a transition to its answer.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.#masked = new Counter({
      name: 'waybill_unexpected_errors_total',
      help: 'Errors masked from clients; each is in the log under its request id.',
      registers,
    });
  }

  observe({ feed, sockets }: Gauges): void {
    const gauges: [name: string, help: string, read: () => number][] = [
      ['feed_head', 'Position of the newest change this replica has read.', () => feed.head],
      ['feed_followers', 'Streams that follow the feed on this replica.', () => feed.followers],
      ['feed_ring_depth', 'Changes held in memory for live streams.', () => feed.ringDepth],
      ['feed_lag_seconds', 'Age of the oldest committed change without a place in the feed.', () => feed.lagSeconds],
      ['feed_behind', 'Changes in the feed that this replica has not read yet.', () => feed.behind],
      ['feed_sequencer_held', '1 while this replica sequences, or is in line to.', () => Number(feed.isSequencing)],
      ['feed_sequenced', 'Changes this replica has given their place.', () => feed.sequenced],
      ['websockets', 'Open WebSocket connections.', sockets],
    ];
    for (const [name, help, read] of gauges) this.#gauge(`waybill_${name}`, help, read);
  }

  countAttempt(answer: AnswerOf['transition'], durationMs: number): void {
    const code = 'code' in answer ? answer.code : '';
    const outcome = answer.outcome === 'transitioned' ? 'success' : answer.outcome === 'failed' ? 'failed' : 'rejected';
    this.#transitions.inc({ outcome, code });
    this.#durations.observe(durationMs / 1_000);
  }

  countMasked(): void {
    this.#masked.inc();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async print(): Promise<string> {
    return await this.#registry.metrics();
  }

  #gauge(name: string, help: string, read: () => number): void {
    // Registered by being made; prom-client calls collect at each scrape.
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
