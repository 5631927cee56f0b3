// The redrawn area, on a simulated small terminal.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LiveArea } from '../../cli/output/live-area.ts';
import type { Screen } from '../../cli/output/screen.ts';

const COLUMNS = 20;
const ESCAPE = '\u001b';
/** Cursor up; another sequence; plain text. */
const SEQUENCES = new RegExp(`${ESCAPE}\\[(\\d+)A|(${ESCAPE}\\[[?\\d]*[a-zA-Z])|([^${ESCAPE}]+)`, 'g');

/** Understands the sequences that LiveArea sends, and wraps lines as terminals do. */
class Terminal implements Screen {
  readonly isTerminal = true;
  readonly format = { columns: COLUMNS - 1, colours: false };
  rows = 10;
  isCursorShown = true;
  lines = [''];
  #row = 0;

  write(text: string): void {
    for (const [, up, other, plain] of text.matchAll(SEQUENCES)) {
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
      else if (other === '\u001b[0J') this.lines = [...this.lines.slice(0, this.#row), ''];
      else if (other === '\u001b[?25l') this.isCursorShown = false;
      else if (other === '\u001b[?25h') this.isCursorShown = true;
      else if (plain !== undefined) this.#put(plain);
    }
  }

  #put(plain: string): void {
    for (const part of plain.split(/(\n)/)) {
      if (part === '\n') this.#row += 1;
      else {
        const text = part.replace('\r', '');
        for (let at = 0; at === 0 || at < text.length; at += COLUMNS) {
          if (at > 0) this.#row += 1;
          this.lines[this.#row] = text.slice(at, at + COLUMNS);
        }
      }
      this.lines[this.#row] ??= '';
    }
  }

  print = (line: string): void => this.write(`${line}\n`);
  printJson = (): void => undefined;
  note = (): void => undefined;
  writeBytes = (): Promise<void> => Promise.resolve();
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('keeps printed lines above, and redraws the rest in place', () => {
  const terminal = new Terminal();
  let count = 0;
  const area = new LiveArea(terminal, () => [`bar ${count}`, `all ${count}`]);
  expect(terminal.isCursorShown).toBe(false);
  for (count = 1; count <= 5; count += 1) {
    area.print(`line ${count}`);
    vi.advanceTimersByTime(100);
  }
  expect(terminal.lines).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'bar 5', 'all 5', '']);
  area.print('last');
  area.close();
  expect(terminal.lines).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'last', '']);
  expect(terminal.isCursorShown).toBe(true);
});

it('is never taller than the terminal', () => {
  const terminal = new Terminal();
  const area = new LiveArea(terminal, () => Array.from({ length: 50 }, (_, index) => `bar ${index}`));
  vi.advanceTimersByTime(100);
  expect(terminal.lines).toHaveLength(terminal.rows - 1);
  area.close();
  expect(terminal.lines).toEqual(['']);
});

it('finds its first line after the terminal has become narrower', () => {
  const terminal = new Terminal();
  const area = new LiveArea(terminal, () => ['x'.repeat(COLUMNS + 5)]);
  area.print('kept');
  vi.advanceTimersByTime(100);
  expect(terminal.lines).toEqual(['kept', 'x'.repeat(COLUMNS), 'x'.repeat(5), '']);
  area.close();
  expect(terminal.lines).toEqual(['kept', '']);
});

it('writes nothing while nothing changes', () => {
  const terminal = new Terminal();
  const write = vi.spyOn(terminal, 'write');
  const area = new LiveArea(terminal, () => ['same']);
  vi.advanceTimersByTime(1_000);
  expect(write).toHaveBeenCalledTimes(2);
  area.close();
});
