// The board as lines: a bar for each upload under way, and one for all. Every line fits the width it is given.
import { drawBar } from '../output/bar.ts';
import { type Paper, paint } from '../output/screen.ts';
import { clean, cutEnd, cutStart, padEnd, padStart } from '../output/text.ts';
import { formatBytes, formatDuration, formatRate, percentOf } from '../output/units.ts';
import type { Board, Row, Total } from './board.ts';
import type { Meter } from './meter.ts';

const SIZE_WIDTH = '1023 MiB'.length;
const RATE_WIDTH = '1023 MiB/s'.length;
const LEFT_WIDTH = '00:00:00 left'.length;
const REMARK_WIDTH = RATE_WIDTH + 2 + LEFT_WIDTH;

/** `at` in milliseconds. */
export function drawBoard(board: Board, paper: Paper, at: number): string[] {
  const rows = board.rows.map((row) => drawRow(row, paper, at));
  const { total } = board;
  return total.files > 1 || total.processing > 0 ? [...rows, drawTotal(total, paper, at)] : rows;
}

const nameWidth = (columns: number): number => Math.min(40, Math.max(10, Math.floor(columns * 0.3)));

interface Line {
  readonly label: string;
  readonly bytes: number;
  readonly size: number;
  readonly style: 'cyan' | 'green';
  readonly remark: string;
}

function drawLine({ label, bytes, size, style, remark }: Line, paper: Paper): string {
  const name = nameWidth(paper.columns);
  // 1 before, "100 %", and two between every two columns. What has no room gives way from the right.
  const room = paper.columns - 1 - name - 2 - 2 - 5 - 2 - SIZE_WIDTH - 2 - REMARK_WIDTH;
  const bar = Math.min(40, Math.max(6, room));
  const percent = padStart(`${percentOf(bytes, size)} %`, 5);
  const head = ` ${padEnd(label, name)}  `;
  const tail = `  ${percent}  ${padStart(formatBytes(size), SIZE_WIDTH)}  ${remark}`;
  const fraction = size === 0 ? 1 : bytes / size;
  return `${head}${drawBar(paper, style, fraction, bar)}${cutEnd(tail, paper.columns - 1 - name - 2 - bar)}`.trimEnd();
}

function drawRow({ job, bytes, note, meter }: Row, paper: Paper, at: number): string {
  const label = cutStart(clean(job.name), nameWidth(paper.columns));
  const remark = note === '' ? describePace(meter, job.size - bytes, at) : clean(note);
  return drawLine({ label, bytes, size: job.size, style: 'cyan', remark }, paper);
}

function drawTotal({ files, done, processing, size, bytes, meter }: Total, paper: Paper, at: number): string {
  const label = cutEnd(`${done} of ${files} files`, nameWidth(paper.columns));
  const isSent = done === files;
  const remark = isSent ? `${processing} being processed` : describePace(meter, size - bytes, at);
  return paint(paper, 'bold', drawLine({ label, bytes, size, style: 'green', remark }, paper));
}

function describePace(meter: Meter, bytesLeft: number, at: number): string {
  const rate = meter.rate(at);
  const left = meter.secondsLeft(bytesLeft, at);
  if (rate === null) return '';
  const time = left === null ? '' : `${formatDuration(Math.ceil(left))} left`;
  return `${padStart(formatRate(rate), RATE_WIDTH)}  ${padStart(time, LEFT_WIDTH)}`;
}
