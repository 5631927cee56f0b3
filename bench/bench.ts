// The interface of a bench: a module that measures one thing on the testbed and reports figures, curves and notes as data.
// bench/output shows them.
import type { Summary } from './measure/statistics.ts';
import type { Testbed } from './host/testbed.ts';

export interface Bench {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  measure(testbed: Testbed): Promise<Report>;
}

export interface Report {
  readonly figures: readonly Figure[];
  readonly curves: readonly Curve[];
  /** What a reader must know to judge the figures, one sentence or two each. */
  readonly notes: readonly string[];
}

/** One line of a table: the subject, the baseline of the same rounds, and their ratio. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly subject: Summary;
  readonly baseline: { readonly name: string; readonly value: Summary } | null;
  /** Subject / baseline, round by round. */
  readonly ratio: Summary | null;
  readonly target: Target | null;
}

export interface Target {
  /** What is compared with the bar: the median of the ratio, or of the subject itself. */
  readonly of: 'ratio' | 'subject';
  readonly wanted: 'at least' | 'at most';
  readonly bar: number;
  readonly aim: number | null;
}

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
}

export interface Series {
  readonly name: string;
  /** A baseline is drawn dashed. */
  readonly role: 'subject' | 'baseline';
  readonly points: readonly { readonly x: number; readonly y: Summary }[];
}

export interface Curve {
  /** Of its file: docs/performance/<id>.svg. */
  readonly id: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

/** Above the bar, above the aim too, or below both; null where there is no target. */
export type Verdict = 'aim' | 'bar' | 'below' | null;

export function judge({ target, ratio, subject }: Figure): Verdict {
  if (target === null) return null;
  const { median } = target.of === 'ratio' ? (ratio ?? subject) : subject;
  const reaches = (line: number): boolean => (target.wanted === 'at least' ? median >= line : median <= line);
  if (target.aim !== null && reaches(target.aim)) return 'aim';
  return reaches(target.bar) ? 'bar' : 'below';
}
