// The terminal: results go to standard output, notes to standard error.
import { once } from 'node:events';
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** What a line has to fit. */
export interface LineFormat {
  /** Infinity when standard output is not a terminal. */
  readonly columns: number;
  readonly colours: boolean;
}

export interface Screen {
  /** Standard output is a terminal that can move its cursor. */
  readonly isTerminal: boolean;
  readonly format: LineFormat;
  readonly rows: number;
  /** Prints one line of the result. */
  print(line: string): void;
  /** Prints one object of the result as a line of JSON. */
  printJson(value: unknown): void;
  /** Prints one line on standard error. */
  note(line: string): void;
  /** Writes text to standard output unchanged. */
  write(text: string): void;
  /** Writes bytes to standard output; resolves when there is room for more. */
  writeBytes(bytes: Uint8Array): Promise<void>;
}

/** `hasColors` respects NO_COLOR and FORCE_COLOR. */
export function createScreen(out: WriteStream, err: WriteStream, isDumb: boolean): Screen {
  const isTerminal = out.isTTY && !isDumb;
  let isCorked = false;
  /** Lines of one turn of the event loop leave in one write: 4,000 of them took a third of a second. */
  const print = (line: string): void => {
    if (!isCorked) {
      isCorked = true;
      out.cork();
      setImmediate(() => {
        isCorked = false;
        out.uncork();
      });
    }
    out.write(`${line}\n`);
  };
  return {
    isTerminal,
    get format() {
      // Leave the last column empty: some terminals wrap when it is filled.
      return isTerminal ? { columns: Math.max(40, out.columns - 1), colours: out.hasColors() } : PLAIN;
    },
    get rows() {
      return out.rows;
    },
    print,
    printJson: (value) => print(JSON.stringify(value)),
    note: (line) => void err.write(`${line}\n`),
    write: (text) => void out.write(text),
    writeBytes: async (bytes) => {
      if (!out.write(bytes)) await once(out, 'drain');
    },
  };
}

const PLAIN: LineFormat = { columns: Number.POSITIVE_INFINITY, colours: false };

export const paint = ({ colours }: LineFormat, style: Style, text: string): string =>
  colours ? styleText(style, text, { validateStream: false }) : text;

const STATE_STYLES: Readonly<Record<string, Style>> = {
  UNTRACKED: 'gray',
  UPLOADING: 'cyan',
  PROCESSING: 'yellow',
  INDEXED: 'green',
  FAILED: 'red',
};

export const styleOfState = (state: string): Style => STATE_STYLES[state] ?? 'white';
