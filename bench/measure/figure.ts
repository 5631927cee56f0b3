// Builds figures from samples, for every bench.
import type { Figure, Target } from '../bench.ts';
import { summarise, summariseRatio } from './statistics.ts';

interface Sides {
  readonly what: string;
  readonly unit: string;
  readonly subject: readonly number[];
  readonly baseline?: { readonly name: string; readonly samples: readonly number[] };
  readonly target?: Target;
}

export function figureOf({ what, unit, subject, baseline, target }: Sides): Figure {
  return {
    what,
    unit,
    subject: summarise(subject),
    baseline: baseline === undefined ? null : { name: baseline.name, value: summarise(baseline.samples) },
    ratio: baseline === undefined ? null : summariseRatio(subject, baseline.samples),
    target: target ?? null,
  };
}

export const atLeast = (bar: number, aim: number | null): Target => ({ of: 'ratio', wanted: 'at least', bar, aim });
/** Of the subject against its baseline. */
export const timesAtMost = (bar: number, aim: number | null): Target => ({ of: 'ratio', wanted: 'at most', bar, aim });
export const atMost = (bar: number, aim: number | null): Target => ({ of: 'subject', wanted: 'at most', bar, aim });
/** Of the subject itself. */
export const noLessThan = (bar: number, aim: number | null): Target => ({
  of: 'subject',
  wanted: 'at least',
  bar,
  aim,
});
