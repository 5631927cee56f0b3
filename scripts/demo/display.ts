// Where the demo shows itself. On a terminal: a log that scrolls, and under it a board redrawn in place. Anywhere else:
// plain lines, one for each thing that happened.
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import type { Board } from './board.ts';
import { type Paper, drawRow, drawTally } from './draw.ts';

export interface Display {
  /** The width and the colours to draw a line for. */
  readonly paper: Paper;
  /** One line, above the board. */
  print(line: string): void;
  /** Leaves the board where it stands and gives the terminal back. */
  close(): void;
}

const REDRAW_MS = 66;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';
// Terminals that know it show everything between the two at once; the others ignore it.
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

const PLAIN: Paper = { columns: 120, colours: false };

export function createDisplay(stream: WriteStream, board: Board): Display {
  if (!stream.isTTY || process.env.TERM === 'dumb') {
    return { paper: PLAIN, print: (line) => void stream.write(`${line}\n`), close: () => undefined };
  }
  return new TerminalDisplay(stream, board);
}

class TerminalDisplay implements Display {
  readonly #stream: WriteStream;
  readonly #board: Board;
  readonly #colours: boolean;
  readonly #timer: NodeJS.Timeout;
  #waiting: string[] = [];
  #shown: readonly string[] = [];

  constructor(stream: WriteStream, board: Board) {
    this.#stream = stream;
    this.#board = board;
    this.#colours = stream.hasColors();
    stream.write(HIDE_CURSOR);
    this.#timer = setInterval(() => this.#redraw(), REDRAW_MS);
  }

  get paper(): Paper {
    // The last column stays empty: some terminals wrap when it is filled.
    return { columns: Math.max(40, this.#stream.columns - 1), colours: this.#colours };
  }

  print(line: string): void {
    this.#waiting.push(line);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#redraw();
    this.#stream.write(SHOW_CURSOR);
  }

  #redraw(): void {
    const lines = this.#drawBoard();
    if (this.#waiting.length === 0 && lines.join('\n') === this.#shown.join('\n')) return;
    const height = this.#heightOf(this.#shown);
    const up = height === 0 ? '' : `\u001b[${height}A`;
    const text = [...this.#waiting, ...lines].map((line) => `${line}\n`).join('');
    this.#stream.write(`${BEGIN_FRAME}${up}\r${CLEAR_BELOW}${text}${END_FRAME}`);
    this.#waiting = [];
    this.#shown = lines;
  }

  /** A terminal that has become narrower since has wrapped what was on it. */
  #heightOf(lines: readonly string[]): number {
    const widths = lines.map((line) => stripVTControlCharacters(line).length);
    return widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.#stream.columns)), 0);
  }

  /** Never higher than the terminal: what has scrolled out cannot be redrawn. */
  #drawBoard(): string[] {
    const { rows } = this.#board;
    if (rows.length === 0) return [];
    const { paper } = this;
    const room = Math.max(0, this.#stream.rows - 3);
    return [drawTally(rows, paper), ...rows.slice(0, room).map((row) => drawRow(row, paper))];
  }
}
