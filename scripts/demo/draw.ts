// The lines of the demo: one for each event, and on a terminal a progress bar for each file.
import { drawBar } from '../../cli/output/bar.ts';
import { type LineFormat, paint, styleOfState } from '../../cli/output/screen.ts';
import { cutEnd, cutStart, padEnd, padStart } from '../../cli/output/text.ts';
import { formatRate, percentOf } from '../../cli/output/units.ts';
import type { FileFacts } from './api.ts';
import type { Change, Progress } from './changes.ts';

export interface Row {
  readonly file: FileFacts;
  /** Newer than the file's own figures while bytes arrive. */
  readonly progress: Progress | null;
}

export interface Step {
  readonly name: string;
  readonly what: string;
  readonly note: string;
  /** Both empty if it is not a transition. */
  readonly from?: string;
  readonly to?: string;
}

const STATE_WIDTH = 'PROCESSING'.length;
const EVENT_WIDTH = 'COMPLETE_PROCESSING'.length;
const REMARK_WIDTH = '1023 MiB/s  eta 999 s'.length;
// On narrower lines the previous state is left out.
const MIN_WIDTH_FOR_FROM = 100;
const nameWidth = (columns: number): number => Math.min(34, Math.max(12, Math.floor(columns * 0.28)));

function drawRemark({ file, progress }: Row): string {
  if (file.failure !== null) return file.failure.code;
  if (progress?.bytesPerSecond == null) return '';
  const eta = progress.etaSeconds === null ? '' : `  eta ${Math.ceil(progress.etaSeconds)} s`;
  return `${padStart(formatRate(progress.bytesPerSecond), '1023 MiB/s'.length)}${eta}`;
}

export function drawRow(row: Row, format: LineFormat): string {
  const { file, progress } = row;
  const { bytesReceived, size } = progress ?? file;
  const fraction = size ? bytesReceived / size : 0;
  const width = nameWidth(format.columns);
  // 13: the gaps between the columns, and "100 %".
  const bar = Math.max(4, Math.min(40, format.columns - width - STATE_WIDTH - REMARK_WIDTH - 13));
  const style = styleOfState(file.state);
  const state = paint(format, style, padEnd(file.state, STATE_WIDTH));
  const percent = padStart(`${percentOf(bytesReceived, size || Infinity)} %`, 5);
  const remark = paint(format, file.state === 'FAILED' ? 'red' : 'gray', cutEnd(drawRemark(row), REMARK_WIDTH));
  const name = padEnd(cutStart(file.name, width), width);
  return ` ${name}  ${state}  ${drawBar(format, style, fraction, bar)} ${percent}  ${remark}`.trimEnd();
}

export function drawStep({ name, what, from = '', to = '', note }: Step, seconds: number, format: LineFormat): string {
  const width = nameWidth(format.columns);
  const time = seconds.toFixed(2).padStart(6);
  const head = `  ${padEnd(cutStart(name, width), width)}  ${padEnd(what, EVENT_WIDTH)} `;
  const origin = to && format.columns >= MIN_WIDTH_FOR_FROM ? `${padStart(from, STATE_WIDTH)} ` : '';
  const arrow = to && `${origin}→ `;
  const state = to && padEnd(to, STATE_WIDTH + 1);
  const room = format.columns - time.length - head.length - arrow.length - state.length;
  const tail = room > 1 ? paint(format, 'gray', cutEnd(note, room)) : '';
  return `${paint(format, 'gray', time)}${head}${paint(format, 'gray', arrow)}${paint(format, styleOfState(to), state)}${tail}`;
}

/** The step of a change; progress is shown by the bars only. */
export function stepOf(change: Change): Step | null {
  if (change.__typename === 'FileProgressed') return null;
  const { name, size, failure } = change.file;
  if (change.__typename === 'FileRegistered') return { name, what: 'registered', note: `${size} bytes` };
  const { event, from, to, version } = change.transition;
  return { name, what: event, from, to, note: `v${version} ${failure?.message ?? ''}`.trimEnd() };
}

/** How many files are in which state. */
export function drawCounts(rows: readonly Row[], format: LineFormat): string {
  const counts = [...Map.groupBy(rows, ({ file }) => file.state)];
  return ` ${counts.map(([state, { length }]) => paint(format, styleOfState(state), `${length} ${state}`)).join('  ')}`;
}
