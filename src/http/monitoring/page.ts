// Metrics of the page: what browsers report that its content security policy has forbidden.
import { Counter, type Registry } from 'prom-client';

// What the policy has. Others are counted together: whoever can reach the port chooses what a report says.
const DIRECTIVES = [
  'script-src-elem',
  'style-src-elem',
  'img-src',
  'connect-src',
  'frame-src',
  'require-trusted-types-for',
  'other',
] as const;

export class PageMetrics {
  readonly #violations: Counter<'directive'>;
  readonly #refused: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#violations = new Counter({
      name: 'waybill_page_policy_violations_total',
      help: 'What browsers report that the content security policy of the page has forbidden, by directive.',
      labelNames: ['directive'],
      registers,
    });
    this.#refused = new Counter({
      name: 'waybill_page_reports_refused_total',
      help: 'Reports about the page that were not read: too many, too large, or malformed.',
      registers,
    });
    for (const directive of DIRECTIVES) this.#violations.inc({ directive }, 0);
  }

  countViolation(directive: string): void {
    const known = DIRECTIVES.find((each) => each === directive) ?? 'other';
    this.#violations.inc({ directive: known });
  }

  countRefused(): void {
    this.#refused.inc();
  }
}
