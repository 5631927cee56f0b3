// Draws the board: a bar for each upload in progress, and one for all. Every line fits the terminal's width.
import { drawBar } from '../output/bar.ts';
import { type LineFormat, paint } from '../output/screen.ts';
import { clean, cutEnd, cutStart, padEnd, padStart } from '../output/text.ts';
import { describeProcessing, formatBytes, formatDuration, formatRate, percentOf } from '../output/units.ts';
import type { Board, ProcessingRow, Row, Total } from './board.ts';
import type { Meter } from './meter.ts';

const SIZE_WIDTH = '1023 MiB'.length;
const RATE_WIDTH = '1023 MiB/s'.length;
const LEFT_WIDTH = '00:00:00 left'.length;
const REMARK_WIDTH = RATE_WIDTH + 2 + LEFT_WIDTH;

/** However many workers there are, the bars must leave room for what is above them. */
const MOST_PROCESSING = 8;

/** `at` in milliseconds. */
export function drawBoard(board: Board, format: LineFormat, at: number): string[] {
  const rows = board.rows.map((row) => drawRow(row, format, at));
  rows.push(...board.processing.slice(0, MOST_PROCESSING).map((row) => drawProcessing(row, format)));
  const { total } = board;
  return total.files > 1 || total.processing > 0 ? [...rows, drawTotal(total, format, at)] : rows;
}

const nameWidth = (columns: number): number => Math.min(40, Math.max(10, Math.floor(columns * 0.3)));

interface Line {
  readonly label: string;
  readonly bytes: number;
  readonly size: number;
  readonly style: 'cyan' | 'green';
  readonly remark: string;
}

function drawLine({ label, bytes, size, style, remark }: Line, format: LineFormat): string {
  const name = nameWidth(format.columns);
  // One column of margin, "100 %", and gaps of two. When there is no room, the right end is cut.
  const room = format.columns - 1 - name - 2 - 2 - 5 - 2 - SIZE_WIDTH - 2 - REMARK_WIDTH;
  const bar = Math.min(40, Math.max(6, room));
  const percent = padStart(`${percentOf(bytes, size)} %`, 5);
  const head = ` ${padEnd(label, name)}  `;
  const tail = `  ${percent}  ${padStart(formatBytes(size), SIZE_WIDTH)}  ${remark}`;
  const fraction = size === 0 ? 1 : bytes / size;
  return `${head}${drawBar(format, style, fraction, bar)}${cutEnd(tail, format.columns - 1 - name - 2 - bar)}`.trimEnd();
}

function drawRow({ job, bytes, note, meter }: Row, format: LineFormat, at: number): string {
  const label = cutStart(clean(job.name), nameWidth(format.columns));
  const remark = note === '' ? describePace(meter, job.size - bytes, at) : clean(note);
  return drawLine({ label, bytes, size: job.size, style: 'cyan', remark }, format);
}

/** The bar is that of the processing; the size stays that of the file. */
function drawProcessing({ job, fraction, message }: ProcessingRow, format: LineFormat): string {
  const label = cutStart(clean(job.name), nameWidth(format.columns));
  const remark = describeProcessing(null, message);
  return drawLine({ label, bytes: (fraction ?? 0) * job.size, size: job.size, style: 'green', remark }, format);
}

function drawTotal({ files, done, processing, size, bytes, meter }: Total, format: LineFormat, at: number): string {
  const label = cutEnd(`${done} of ${files} files`, nameWidth(format.columns));
  const isSent = done === files;
  const remark = isSent ? `${processing} being processed` : describePace(meter, size - bytes, at);
  return paint(format, 'bold', drawLine({ label, bytes, size, style: 'green', remark }, format));
}

function describePace(meter: Meter, bytesLeft: number, at: number): string {
  const rate = meter.rate(at);
  const left = meter.secondsLeft(bytesLeft, at);
  if (rate === null) return '';
  const time = left === null ? '' : `${formatDuration(Math.ceil(left))} left`;
  return `${padStart(formatRate(rate), RATE_WIDTH)}  ${padStart(time, LEFT_WIDTH)}`;
}
