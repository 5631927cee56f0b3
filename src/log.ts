// Structured logs: JSON lines on standard error, because standard output carries the ready line only.
import { type Logger, pino } from 'pino';

export type { Logger };

/** One for the process: lines of all its loggers stay in their order. */
let lines: LineBuffer | undefined;

export function createLogger(level: string): Logger {
  lines ??= new LineBuffer();
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines);
}

const HOLD_MS = 25;
/** Characters. */
const FULL = 32_768;

/**
 * Collects lines for some milliseconds and writes them together. Each write is handed to a thread, which wakes this one again:
 * for each attempt at a transition alone that is a part of its time, and its answer waits behind it. A process that is killed
 * loses the lines of these milliseconds; one that ends in any other way writes them before.
 */
class LineBuffer {
  #lines: string[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #standardError;

  constructor() {
    // Before that of the destination, which closes it.
    process.on('exit', () => this.flushSync());
    this.#standardError = pino.destination(2);
  }

  /** @param line with its line feed */
  write(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= FULL) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), HOLD_MS).unref();
  }

  /** For lines that are the last, as before an exit. */
  flushSync(): void {
    this.#flush();
    this.#standardError.flushSync();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const text = this.#lines.join('');
    this.#lines = [];
    this.#length = 0;
    this.#standardError.write(text);
  }
}
