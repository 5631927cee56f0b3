// Numbers for people: three significant digits, thousands apart, no exponents.

/** 8578.4 becomes "8,580", 0.5512 becomes "0.551". */
export function tell(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumSignificantDigits: 3, useGrouping: true });
}

/** Short, for the ticks of an axis: 50000 becomes "50k". */
export function tellShort(value: number): string {
  const units = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  const unit = units.find(([size]) => Math.abs(value) >= size);
  return unit === undefined ? tell(value) : `${tell(value / unit[0])}${unit[1]}`;
}
