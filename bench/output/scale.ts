// Maps values to positions on an axis, and places its ticks. Pure.
import type { Axis } from '../bench.ts';

export interface Scale {
  /** 0 at the low end, 1 at the high end. */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

const TICKS = 5;
/** Steps that people count in. */
const NICE = [1, 2, 2.5, 5, 10];

export function scaleOf({ scale }: Pick<Axis, 'scale'>, values: readonly number[]): Scale {
  if (values.length === 0) throw new RangeError('an axis needs values');
  return scale === 'log' ? logScale(values) : linearScale(values);
}

/** From 0, because half as high should mean half as much. */
function linearScale(values: readonly number[]): Scale {
  const highest = Math.max(...values);
  if (!(highest > 0)) return linearUpTo(1, 0.25);
  const rough = highest / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * NICE.find((nice) => nice * power >= rough * (1 - 1e-9))!;
  return linearUpTo(Math.ceil(highest / step - 1e-9) * step, step);
}

function linearUpTo(top: number, step: number): Scale {
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step);
  return { place: (value) => value / top, ticks };
}

/** Ends at steps of 1, 2 and 5; they are ticks too where that is less than two decades, else powers of ten alone. */
function logScale(values: readonly number[]): Scale {
  if (!values.every((value) => value > 0)) throw new RangeError('a logarithmic axis has no place for 0');
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const lines = linesBetween(low, high);
  const [bottom, top] = [lines[0]!, lines.at(-1)!];
  const span = Math.log(top / bottom);
  const isPower = (line: number): boolean => Number.isInteger(Math.log10(line));
  const ticks = high / low < 100 ? lines : lines.filter(isPower);
  return { place: (value) => Math.log(value / bottom) / span, ticks };
}

/** From the last line not above `low` to the first not below `high`, and never only one. */
function linesBetween(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low)) - 1;
  const to = Math.ceil(Math.log10(high)) + 1;
  const powers = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const lines = powers.flatMap((power) => [1, 2, 5].map((step) => Number(`${step}e${power}`)));
  const first = lines.findLastIndex((line) => line <= low);
  const last = lines.findIndex((line) => line >= high);
  return lines.slice(first, Math.max(last, first + 1) + 1);
}
