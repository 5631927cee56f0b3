// The figures of a bench as rows of text, for the terminal and the document.
import { type Figure, type Target, type Verdict, judge } from '../bench.ts';
import { QUIET_SHARE } from '../measure/quiet.ts';
import { type Summary, summarise } from '../measure/statistics.ts';
import type { Result } from '../result.ts';
import { tell } from './numbers.ts';

export const HEADINGS = ['', 'unit', 'Waybill', 'baseline', 'ratio', 'bar', 'aim', ''] as const;

const WORDS: Readonly<Record<NonNullable<Verdict>, string>> = {
  aim: 'reaches the aim',
  bar: 'reaches the bar',
  below: 'below the bar',
};

/** The median, and from the worst to the best round. */
const tellSummary = ({ median, min, max, samples }: Summary): string =>
  samples.length === 1 ? tell(median) : `${tell(median)} (${tell(min)} to ${tell(max)})`;

const tellLine = ({ wanted }: Target, line: number): string => `${wanted === 'at least' ? '≥' : '≤'} ${tell(line)}`;

export function cellsOf(figure: Figure): string[] {
  const { what, unit, subject, baseline, ratio, target } = figure;
  const verdict = judge(figure);
  const missed = verdict === 'below' && target?.wanted === 'at most' ? 'above the bar' : null;
  return [
    what,
    unit,
    tellSummary(subject),
    baseline === null ? '' : `${tellSummary(baseline.value)}, ${baseline.name}`,
    ratio === null ? '' : tellSummary(ratio),
    target === null ? '' : tellLine(target, target.bar),
    target === null || target.aim === null ? '' : tellLine(target, target.aim),
    missed ?? (verdict === null ? '' : WORDS[verdict]),
  ];
}

/** Notes on the machine's load during the bench, besides the notes of the bench itself. */
export function cautionsOf({ othersBusy }: Pick<Result, 'othersBusy'>): string[] {
  if (othersBusy.length === 0) return [];
  const busy = summarise(othersBusy);
  if (busy.max <= QUIET_SHARE) return [];
  const shares = `${percent(busy.median)} (up to ${percent(busy.max)})`;
  return [`Not to be judged by: others kept the machine ${shares} busy around the rounds.`];
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
