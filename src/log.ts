// Structured logs: JSON lines on standard error, because standard output carries the ready line only.
import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';

export type { Logger };

/** One for the process: lines of all its loggers stay in their order. */
let lines: LineBuffer | undefined;

export function createLogger(level: string): Logger {
  lines ??= new LineBuffer();
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines);
}

const HOLD_MS = 25;
/** Until the reader is tried again that has not taken all: a pipe holds 64 KiB. */
const RETRY_MS = 5;
/** Characters that are written at once, without waiting for more. */
const FULL = 32_768;
/** Characters that are held for a reader that does not read. More lines are dropped and counted. */
const MOST_HELD = 8 * 1024 * 1024;
/** How long a process that ends waits for such a reader. */
const LAST_MS = 5_000;

/**
 * Collects lines for some milliseconds and writes them together: each write of a line alone would be a part of the time of each
 * attempt at a transition. A process that is killed loses the lines of these milliseconds; one that ends in any other way writes
 * them before.
 *
 * It writes by itself and not by a thread, as `pino.destination` does: what a thread has begun to write when the process ends
 * comes behind the last lines, or never.
 */
class LineBuffer {
  #lines: string[] = [];
  #length = 0;
  #dropped = 0;
  /** What the reader has not taken of the lines before. */
  #rest = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #readerIsGone = false;

  constructor() {
    // Node makes a pipe non-blocking when it is first asked for it: a slow reader of the log then does not stop the process.
    void process.stderr;
    process.on('exit', () => this.flushSync());
  }

  /** @param line with its line feed */
  write(line: string): void {
    if (this.#readerIsGone) return;
    if (this.#length >= MOST_HELD) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= FULL && this.#rest.length === 0) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), HOLD_MS).unref();
  }

  /** For lines that are the last, as before an exit. */
  flushSync(): void {
    const end = Date.now() + LAST_MS;
    this.#flush();
    while (this.#rest.length > 0 && Date.now() < end) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      this.#flush();
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#rest.length === 0) this.#rest = this.#takeLines();
    if (this.#rest.length === 0) return;
    this.#rest = this.#rest.subarray(this.#writeSome());
    if (this.#rest.length > 0) this.#timer = setTimeout(() => this.#flush(), RETRY_MS).unref();
    else if (this.#lines.length > 0) this.#flush();
  }

  #takeLines(): Buffer<ArrayBuffer> {
    if (this.#dropped > 0) this.#lines.push(droppedLine(this.#dropped));
    const text = this.#lines.join('');
    this.#lines = [];
    this.#length = 0;
    this.#dropped = 0;
    return Buffer.from(text);
  }

  /** @returns the bytes that need not be written again */
  #writeSome(): number {
    try {
      return writeSync(2, this.#rest);
    } catch (error) {
      this.#readerIsGone = (error as NodeJS.ErrnoException).code === 'EPIPE';
      // EAGAIN: the reader is slow. ENOSPC: the disk of the log is full. The lines wait for both.
      return this.#readerIsGone ? this.#rest.length : 0;
    }
  }
}

function droppedLine(count: number): string {
  const line = {
    level: 40,
    time: new Date().toISOString(),
    lines: count,
    msg: 'lines of the log were dropped: nobody read them',
  };
  return `${JSON.stringify(line)}\n`;
}
