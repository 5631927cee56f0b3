// A part of the terminal that is drawn over and over, under lines that scroll away.
import { widthOf } from './text.ts';
import type { Screen } from './screen.ts';

const REDRAW_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';
// Terminals that know it show everything between the two at once; the others ignore it.
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

export class LiveArea {
  readonly #screen: Screen;
  readonly #draw: () => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #waiting: string[] = [];
  #shown: readonly string[] = [];

  constructor(screen: Screen, draw: () => readonly string[]) {
    this.#screen = screen;
    this.#draw = draw;
    screen.write(HIDE_CURSOR);
    this.#timer = setInterval(() => this.#redraw(this.#draw()), REDRAW_MS);
  }

  /** One line, above it. */
  print(line: string): void {
    this.#waiting.push(line);
  }

  /** Wipes it, and gives the terminal back. */
  close(): void {
    clearInterval(this.#timer);
    this.#redraw([]);
    this.#screen.write(SHOW_CURSOR);
  }

  #redraw(drawn: readonly string[]): void {
    // Never higher than the terminal: what has scrolled out cannot be drawn over.
    const lines = drawn.slice(0, Math.max(1, this.#screen.rows - 2));
    if (this.#waiting.length === 0 && lines.join('\n') === this.#shown.join('\n')) return;
    const height = this.#heightOf(this.#shown);
    const up = height === 0 ? '' : `\u001b[${height}A`;
    const text = [...this.#waiting, ...lines].map((line) => `${line}\n`).join('');
    this.#screen.write(`${BEGIN_FRAME}${up}\r${CLEAR_BELOW}${text}${END_FRAME}`);
    this.#waiting = [];
    this.#shown = lines;
  }

  /** A terminal that has become narrower since has wrapped what was on it. */
  #heightOf(lines: readonly string[]): number {
    const columns = this.#screen.paper.columns + 1;
    return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
  }
}
