// Medians and spread. The machine is shared and noisy: one bad round does not move the median, and a ratio is taken
// within each round, where both sides met the same load.

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** One a round, in the order of the rounds. */
  readonly samples: readonly number[];
}

/** The value below which a share of the samples lies, by linear interpolation. `samples` need not be sorted. */
export function quantile(samples: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(samples).toSorted();
  if (sorted.length === 0) throw new RangeError('no samples');
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

export function summarise(samples: readonly number[]): Summary {
  return {
    median: quantile(samples, 0.5),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples,
  };
}

/** Round by round, then the median: not the ratio of two medians, which may be from different rounds. */
export function summariseRatio(subject: readonly number[], baseline: readonly number[]): Summary {
  if (subject.length !== baseline.length) throw new RangeError('a ratio needs both sides of each round');
  return summarise(subject.map((value, round) => value / baseline[round]!));
}
