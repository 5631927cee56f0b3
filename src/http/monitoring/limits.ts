// Metrics of what was refused because a tenant or a principal has, or does, as much as it may.
import { Counter, type Registry } from 'prom-client';

const LIMITS = ['mutation_rate', 'byte_rate', 'quota', 'api_keys', 'sockets', 'subscriptions'] as const;
export type Limit = (typeof LIMITS)[number];

export class LimitMetrics {
  readonly #refusals: Counter<'limit'>;

  constructor(registry: Registry) {
    this.#refusals = new Counter({
      name: 'waybill_limit_refusals_total',
      help: 'What was refused because a tenant or a principal has, or does, as much as it may, by the limit.',
      labelNames: ['limit'],
      registers: [registry],
    });
    // A series that appears with its first refusal has no increase to alert on.
    for (const limit of LIMITS) this.#refusals.inc({ limit }, 0);
  }

  count(limit: Limit, refusals = 1): void {
    this.#refusals.inc({ limit }, refusals);
  }
}
