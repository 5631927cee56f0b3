// One small chart: the last minutes of a number, drawn by uPlot on a canvas.
import { useEffect, useId, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatClock } from '../app/format.ts';
import { useTheme } from '../app/theme.ts';
import { OPS } from '../texts-operations.ts';
import { WINDOW_SECONDS } from './samples.ts';

export interface ChartProps {
  readonly name: string;
  /** What the number is of. */
  readonly hint: string;
  /** The newest number, as text; null: there is none. */
  readonly now: string | null;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  readonly format: (value: number) => string;
  /** The least that the axis reaches up to, so that nothing does not look like much. */
  readonly atLeast: number;
}

const HEIGHT = 112;
const FONT = '11px system-ui, sans-serif';

export function Chart({ name, hint, now, times, values, format, atLeast }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = useRef({ format, atLeast });
  shape.current = { format, atLeast };
  const caption = useId();
  const theme = useTheme();
  useEffect(() => {
    const element = place.current!;
    const drawn = new uPlot(optionsFor(element, shape), [[], []], element);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const system = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => drawn.redraw(false);
    system.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      system.removeEventListener('change', redraw);
      drawn.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData([[...times], [...values]]), [times, values]);
  useEffect(() => plot.current?.redraw(false), [theme]);
  const known = values.filter((value) => value !== null);
  const label = known.length === 0 ? name : OPS.highest(name, now ?? OPS.none, format(Math.max(...known)));
  return (
    <figure className="chart" aria-labelledby={caption}>
      <figcaption id={caption}>{name}</figcaption>
      <p className="chart-now">{now ?? OPS.none}</p>
      <p className="chart-hint">{hint}</p>
      <div ref={place} className="chart-place" role="img" aria-label={label} dir="ltr" />
    </figure>
  );
}

interface Shape {
  readonly current: Pick<ChartProps, 'format' | 'atLeast'>;
}

/** As they are now: a canvas does not follow the style sheet. */
const colourOf = (element: HTMLElement, name: string): string => getComputedStyle(element).getPropertyValue(name);

function optionsFor(element: HTMLElement, shape: Shape): uPlot.Options {
  const colour = (name: string) => (): string => colourOf(element, name);
  const axis = { stroke: colour('--chart-text'), font: FONT, ticks: { show: false }, gap: 4 };
  const grid = { stroke: colour('--chart-grid'), width: 1 };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    // Where one points at in one chart is shown in all.
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, sync: { key: 'operations' } },
    scales: {
      x: {
        range: ({ data: [times] }) => {
          const end = times.at(-1) ?? Date.now() / 1_000;
          return [end - WINDOW_SECONDS, end];
        },
      },
      y: { range: (_plot, _least, most) => [0, Math.max(most ?? 0, shape.current.atLeast) * 1.1] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 20, space: 60, values: (_plot, splits) => splits.map(formatClock) },
      { ...axis, grid, size: 52, space: 34, values: (_plot, splits) => splits.map(shape.current.format) },
    ],
    series: [{}, { stroke: colour('--chart-line'), fill: colour('--chart-fill'), width: 1.5, points: { show: false } }],
  };
}
