// Lines for people: text in, text out. Every line fits the width it is given, whatever is in it.
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Row } from './board.ts';

type Style = Parameters<typeof styleText>[0];

export interface Paper {
  readonly columns: number;
  readonly colours: boolean;
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  UNTRACKED: 'gray',
  UPLOADING: 'cyan',
  PROCESSING: 'yellow',
  INDEXED: 'green',
  FAILED: 'red',
};

const STATE_WIDTH = 'PROCESSING'.length;
const EVENT_WIDTH = 'COMPLETE_PROCESSING'.length;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

const paint = ({ colours }: Paper, style: Style, text: string): string =>
  colours ? styleText(style, text, { validateStream: false }) : text;

const styleOf = (state: string): Style => STATE_STYLES[state] ?? 'white';

/** Exactly `width` wide; what is too long loses its beginning, as paths say most at their end. */
function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `…${text.slice(text.length - width + 1)}`;
}

/** What is too long loses its end; only for text without colours. */
const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

function drawBar(paper: Paper, style: Style, fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return paint(paper, style, full) + paint(paper, 'gray', '░'.repeat(width - full.length));
}

function formatRate(bytesPerSecond: number): string {
  if (bytesPerSecond < 1e3) return `${bytesPerSecond.toFixed(0)} B/s`;
  return bytesPerSecond < 1e6
    ? `${(bytesPerSecond / 1e3).toFixed(1)} kB/s`
    : `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
}

/** The last column: how fast and how long still, or what went wrong. */
function remark({ file, progress }: Row): string {
  if (file.failure !== null) return file.failure.code;
  if (progress?.bytesPerSecond == null) return '';
  const eta = progress.etaSeconds === null ? '' : `eta ${Math.ceil(progress.etaSeconds)} s`;
  return `${formatRate(progress.bytesPerSecond).padStart(9)}  ${eta}`;
}

const REMARK_WIDTH = 20;
// Narrower than this, the state a file came from gives way to the rest of the line.
const ROOMY = 100;
const nameWidth = (columns: number): number => Math.min(34, Math.max(12, Math.floor(columns * 0.28)));

export function drawRow(row: Row, paper: Paper): string {
  const { file, progress } = row;
  const { bytesReceived, size } = progress ?? file;
  const fraction = size === null || size === 0 ? 0 : bytesReceived / size;
  const style = styleOf(file.state);
  const name = nameWidth(paper.columns);
  // Between the columns: 1 before, 2 + 2 + 1 + 2 between, and "100 %".
  const bar = Math.max(4, Math.min(40, paper.columns - name - STATE_WIDTH - REMARK_WIDTH - 13));
  const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
  const parts = [
    ` ${fit(file.name, name)}  `,
    `${paint(paper, style, file.state.padEnd(STATE_WIDTH))}  `,
    drawBar(paper, style, fraction, bar),
    ` ${percent}  ${paint(paper, file.state === 'FAILED' ? 'red' : 'gray', cut(remark(row), REMARK_WIDTH))}`,
  ];
  return parts.join('').trimEnd();
}

export interface Step {
  readonly seconds: number;
  readonly name: string;
  readonly what: string;
  /** Both empty for what is no transition. */
  readonly from: string;
  readonly to: string;
  readonly note: string;
}

/** A line of the log of transitions. */
export function drawStep({ seconds, name, what, from, to, note }: Step, paper: Paper): string {
  const width = nameWidth(paper.columns);
  const origin = paper.columns < ROOMY ? '' : `${from.padStart(STATE_WIDTH)} `;
  const arrow = to === '' ? '' : `${origin}→ `;
  const plain = `${seconds.toFixed(2).padStart(6)}  ${fit(name, width)}  ${what.padEnd(EVENT_WIDTH)} `;
  const state = to === '' ? '' : to.padEnd(STATE_WIDTH + 1);
  const room = paper.columns - plain.length - arrow.length - state.length;
  const head = paint(paper, 'gray', plain.slice(0, 6)) + plain.slice(6);
  const move = paint(paper, 'gray', arrow) + paint(paper, styleOf(to), state);
  return head + move + (room > 1 ? paint(paper, 'gray', cut(note, room)) : '');
}

/** One line above the bars: how many files are where. */
export function drawTally(rows: readonly Row[], paper: Paper): string {
  const counts = Map.groupBy(rows, ({ file }) => file.state);
  const tally = Object.keys(STATE_STYLES)
    .filter((state) => counts.has(state))
    .map((state) => paint(paper, styleOf(state), `${counts.get(state)?.length} ${state}`));
  const line = ` ${tally.join('  ')}`;
  const left = paper.columns - stripVTControlCharacters(line).length - 2;
  return left > 0 ? `${line} ${paint(paper, 'gray', '─'.repeat(left))}` : line;
}
