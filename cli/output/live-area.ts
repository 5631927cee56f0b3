// The bottom lines of the terminal, redrawn in place while other lines scroll away above.
import { widthOf } from './text.ts';
import type { Screen } from './screen.ts';

const REDRAW_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';
// Synchronized output: terminals that support it show the frame at once; others ignore it.
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

  /** Prints one line above the area. */
  print(line: string): void {
    this.#waiting.push(line);
  }

  /** Clears the area and restores the cursor. */
  close(): void {
    clearInterval(this.#timer);
    this.#redraw([]);
    this.#screen.write(SHOW_CURSOR);
  }

  #redraw(drawn: readonly string[]): void {
    // Never taller than the terminal: lines that have scrolled out cannot be redrawn.
    const lines = drawn.slice(0, Math.max(1, this.#screen.rows - 2));
    if (this.#waiting.length === 0 && lines.join('\n') === this.#shown.join('\n')) return;
    const height = this.#heightOf(this.#shown);
    const up = height === 0 ? '' : `\u001b[${height}A`;
    const text = [...this.#waiting, ...lines].map((line) => `${line}\n`).join('');
    this.#screen.write(`${BEGIN_FRAME}${up}\r${CLEAR_BELOW}${text}${END_FRAME}`);
    this.#waiting = [];
    this.#shown = lines;
  }

  /** Counts wrapped lines too: the terminal may have become narrower since. */
  #heightOf(lines: readonly string[]): number {
    const columns = this.#screen.format.columns + 1;
    return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
  }
}
