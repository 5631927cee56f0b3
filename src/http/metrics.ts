// GET /metrics: Prometheus text exposition (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
// To add a metric: a value that can be read at each scrape is an entry in `observe`; an event that is counted when it
// happens is a field set in the constructor, and a method for the code that counts it.
import type { Pool } from 'pg';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Feed } from '../feed/feed.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { AnswerOf } from '../lifecycle/commands.ts';
import type { StoreFailures } from '../uploads/store/watched-store.ts';
import { showBuild } from './monitoring/build.ts';
import { observeDatabase } from './monitoring/database.ts';
import { readInTurn } from './monitoring/read-in-turn.ts';
import { LimitMetrics } from './monitoring/limits.ts';
import { PageMetrics } from './monitoring/page.ts';
import { observePools } from './monitoring/pools.ts';
import { ProcessingMetrics, observeQueues } from './monitoring/processing.ts';
import { UploadMetrics } from './monitoring/uploads.ts';
import { WebhookMetrics } from './monitoring/webhooks.ts';

/** What is read at each scrape. */
export interface Observed {
  readonly feed: Feed;
  readonly lifecycle: Pick<Lifecycle, 'load' | 'oldestBatchMs'>;
  readonly webSockets: () => number;
  /** The byte store. */
  readonly store: { readonly failures: StoreFailures; readonly problem: string | null };
  readonly refusedRemovals: () => number;
}

/** Gauges that are named like counters. The same numbers come by type, under names without `_total`. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `waybill_nodejs_active_${what}_total`);

export class Metrics {
  readonly uploads: UploadMetrics;
  readonly processing: ProcessingMetrics;
  readonly limits: LimitMetrics;
  readonly page: PageMetrics;
  readonly webhooks: WebhookMetrics;
  readonly #registry = new Registry();
  #printing: Promise<string> | undefined;
  readonly #transitions: Counter<'outcome' | 'code'>;
  readonly #durations: Histogram;
  readonly #masked: Counter;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'waybill_' });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    showBuild(this.#registry);
    observePools(this.#registry);
    this.uploads = new UploadMetrics(this.#registry);
    this.processing = new ProcessingMetrics(this.#registry);
    this.limits = new LimitMetrics(this.#registry);
    this.page = new PageMetrics(this.#registry);
    this.webhooks = new WebhookMetrics(this.#registry);
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

  observe({ feed, lifecycle, webSockets, store, refusedRemovals }: Observed): void {
    this.#gauge('feed_head', 'Position of the newest change this replica has read.', () => feed.head);
    this.#gauge('feed_followers', 'Streams that follow the feed on this replica.', () => feed.gauges.followers);
    this.#gauge('feed_ring_depth', 'Changes held in memory for live streams.', () => feed.gauges.ringDepth);
    this.#gauge(
      'feed_catching_up',
      'Streams that are behind and wait for a read of the log.',
      () => feed.gauges.catchingUp,
    );
    this.#counter(
      'feed_pages_read_total',
      'Pages of the log read for streams that are behind.',
      () => feed.gauges.pagesRead,
    );
    this.#gauge(
      'feed_lag_seconds',
      'Age of the oldest committed change without a position.',
      () => feed.gauges.lagSeconds,
    );
    this.#gauge('feed_behind', 'Changes in the feed that this replica has not read yet.', () => feed.gauges.behind);
    this.#gauge('feed_sequencer_held', '1 while this replica sequences or waits its turn.', () =>
      Number(feed.gauges.isSequencing),
    );
    this.#counter(
      'feed_sequenced_total',
      'Changes this replica has given their position.',
      () => feed.gauges.sequenced,
    );
    this.#gauge('signals_connected', '1 while signals of other replicas come in.', () =>
      Number(feed.gauges.signals.isConnected),
    );
    this.#counter(
      'signals_refused_total',
      'Signals that could not be used: not sealed by a replica on this database, or malformed.',
      () => feed.gauges.signals.refused,
    );
    this.#counter(
      'feed_signalled_total',
      'Changes that came with a signal and were not read from the database.',
      () => feed.gauges.signals.changes,
    );
    this.#gauge('commands_waiting', 'Commands accepted and not yet answered.', () => lifecycle.load.commands);
    this.#gauge(
      'oldest_batch_seconds',
      'How long the oldest running batch has been at work.',
      () => lifecycle.oldestBatchMs / 1_000,
    );
    this.#gauge('websockets', 'Open WebSocket connections.', webSockets);
    this.#gauge('store_usable', '0 while the byte store cannot be used.', () => Number(store.problem === null));
    this.#counter('store_failures_total', 'Failures of the byte store.', () => store.failures.unavailable);
    this.#counter('store_full_total', 'Requests for which the byte store had no room.', () => store.failures.full);
    this.#gauge('segments_not_removed', 'Discarded segments that the store did not remove.', refusedRemovals);
  }

  /** @param pool for what is read from the database at each scrape */
  observeDatabase(pool: Pool): void {
    const read = readInTurn(pool);
    observeDatabase(this.#registry, read);
    observeQueues(this.#registry, read);
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

  /**
   * One scrape at a time, which is for all who ask meanwhile: anybody may ask, and each scrape reads the database. With one
   * for each request, a hundred of them made API keys wait 3.4 s for a connection.
   */
  async print(): Promise<string> {
    this.#printing ??= this.#registry.metrics().finally(() => (this.#printing = undefined));
    return await this.#printing;
  }

  #counter(name: string, help: string, read: () => number): void {
    void new Counter({
      name: `waybill_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #gauge(name: string, help: string, read: () => number): void {
    // The constructor registers it; prom-client calls `collect` at each scrape.
    void new Gauge({
      name: `waybill_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}
