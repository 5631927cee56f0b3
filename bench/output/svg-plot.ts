// A curve as an SVG image: axes with names, units and ticks, a line for each series, a whisker from the worst round to
// the best, a legend. White ground, so that it can be read on a dark page too.
import type { Curve, Series } from '../bench.ts';
import { tellShort } from './numbers.ts';
import { type Scale, scaleOf } from './scale.ts';

const WIDTH = 760;
const PLOT = { left: 78, top: 44, width: 652, height: 300 };
const LEGEND_LINE = 20;
// Colours for colour-blind readers too (Okabe and Ito); the dots differ as well.
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const GREY = '#666';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const px = (value: number): string => String(Math.round(value * 10) / 10);

type Attributes = Readonly<Record<string, string | number>>;

function element(name: string, attributes: Attributes, content?: string): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  const open = `<${name}${written.join('')}`;
  return content === undefined ? `${open}/>` : `${open}>${content}</${name}>`;
}

const text = (x: number, y: number, words: string, more: Attributes = {}): string =>
  element('text', { x: px(x), y: px(y), ...more }, escape(words));

const line = (from: readonly [number, number], to: readonly [number, number], more: Attributes): string =>
  element('line', { x1: px(from[0]), y1: px(from[1]), x2: px(to[0]), y2: px(to[1]), ...more });

interface Frame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly scales: { readonly x: Scale; readonly y: Scale };
}

function frameOf({ x, y, series }: Curve): Frame {
  const points = series.flatMap((each) => each.points);
  const scaleX = scaleOf(
    x,
    points.map((point) => point.x),
  );
  const scaleY = scaleOf(
    y,
    points.flatMap((point) => [point.y.min, point.y.max]),
  );
  return {
    x: (value) => PLOT.left + scaleX.place(value) * PLOT.width,
    y: (value) => PLOT.top + (1 - scaleY.place(value)) * PLOT.height,
    scales: { x: scaleX, y: scaleY },
  };
}

function drawAxes(curve: Curve, frame: Frame): string[] {
  const right = PLOT.left + PLOT.width;
  const bottom = PLOT.top + PLOT.height;
  const grid = { stroke: '#ddd' };
  const middle = PLOT.top + PLOT.height / 2;
  return [
    ...frame.scales.x.ticks.flatMap((tick) => [
      line([frame.x(tick), PLOT.top], [frame.x(tick), bottom], grid),
      text(frame.x(tick), bottom + 18, tellShort(tick), { 'text-anchor': 'middle' }),
    ]),
    ...frame.scales.y.ticks.flatMap((tick) => [
      line([PLOT.left, frame.y(tick)], [right, frame.y(tick)], grid),
      text(PLOT.left - 8, frame.y(tick) + 4, tellShort(tick), { 'text-anchor': 'end' }),
    ]),
    text(PLOT.left + PLOT.width / 2, bottom + 40, curve.x.label, { 'text-anchor': 'middle', fill: GREY }),
    text(18, middle, curve.y.label, { 'text-anchor': 'middle', fill: GREY, transform: `rotate(-90 18 ${middle})` }),
  ];
}

/** Baselines are dashed. */
const strokeOf = ({ role }: Series, colour: string): Attributes => ({
  stroke: colour,
  'stroke-width': 2,
  ...(role === 'baseline' ? { 'stroke-dasharray': '6 4' } : {}),
});

function drawSeries(series: Series, colour: string, frame: Frame): string[] {
  const points = series.points.map(({ x, y }) => ({ ...y, x: frame.x(x), y: frame.y(y.median) }));
  const path = points.map(({ x, y }) => `${px(x)},${px(y)}`).join(' ');
  return [
    element('polyline', { points: path, fill: 'none', ...strokeOf(series, colour) }),
    ...points.flatMap(({ x, y, min, max }) => [
      line([x, frame.y(min)], [x, frame.y(max)], { stroke: colour, 'stroke-opacity': 0.5 }),
      element('circle', { cx: px(x), cy: px(y), r: 3.5, fill: colour }),
    ]),
  ];
}

function drawLegend(series: readonly Series[], top: number): string[] {
  return series.flatMap((each, at) => {
    const y = top + at * LEGEND_LINE;
    const colour = COLOURS[at % COLOURS.length]!;
    return [line([PLOT.left, y], [PLOT.left + 28, y], strokeOf(each, colour)), text(PLOT.left + 36, y + 4, each.name)];
  });
}

/** @returns a whole SVG document */
export function drawCurve(curve: Curve): string {
  const frame = frameOf(curve);
  const legendTop = PLOT.top + PLOT.height + 64;
  const height = legendTop + curve.series.length * LEGEND_LINE;
  const parts = [
    element('rect', { width: WIDTH, height, fill: '#fff' }),
    text(PLOT.left, 24, curve.title, { 'font-size': 16, 'font-weight': 'bold' }),
    ...drawAxes(curve, frame),
    ...curve.series.flatMap((each, at) => drawSeries(each, COLOURS[at % COLOURS.length]!, frame)),
    ...drawLegend(curve.series, legendTop),
  ];
  const root = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height };
  const style = { 'font-family': 'system-ui, sans-serif', 'font-size': 12, fill: '#222', role: 'img' };
  return `${element('svg', { ...root, ...style }, `\n${parts.join('\n')}\n`)}\n`;
}
