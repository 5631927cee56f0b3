// Where output goes, and what can be done there. Results go to standard output; what is said about them to standard error.
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** What a line is drawn for. */
export interface Paper {
  /** Infinity where nothing wraps. */
  readonly columns: number;
  readonly colours: boolean;
}

export interface Screen {
  /** Somebody watches, and lines can be drawn over. */
  readonly isTerminal: boolean;
  readonly paper: Paper;
  readonly rows: number;
  /** One line of the result. */
  print(line: string): void;
  /** One object of the result, for scripts: a line of JSON. */
  printJson(value: unknown): void;
  /** One line about it. */
  note(line: string): void;
  /** As it stands. */
  write(text: string): void;
}

/** `hasColors` of a terminal heeds NO_COLOR and FORCE_COLOR. */
export function createScreen(out: WriteStream, err: WriteStream, isDumb: boolean): Screen {
  const isTerminal = out.isTTY && !isDumb;
  const print = (line: string): void => void out.write(`${line}\n`);
  return {
    isTerminal,
    get paper() {
      // The last column stays empty: some terminals wrap when it is filled.
      return isTerminal ? { columns: Math.max(40, out.columns - 1), colours: out.hasColors() } : PLAIN;
    },
    get rows() {
      return out.rows;
    },
    print,
    printJson: (value) => print(JSON.stringify(value)),
    note: (line) => void err.write(`${line}\n`),
    write: (text) => void out.write(text),
  };
}

const PLAIN: Paper = { columns: Number.POSITIVE_INFINITY, colours: false };

export const paint = ({ colours }: Paper, style: Style, text: string): string =>
  colours ? styleText(style, text, { validateStream: false }) : text;

const STATE_STYLES: Readonly<Record<string, Style>> = {
  UNTRACKED: 'gray',
  UPLOADING: 'cyan',
  PROCESSING: 'yellow',
  INDEXED: 'green',
  FAILED: 'red',
};

export const styleOfState = (state: string): Style => STATE_STYLES[state] ?? 'white';
