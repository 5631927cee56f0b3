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
/** Until a reader is tried again that has not taken all: a pipe holds 64 KiB. */
const RETRY_MS = 5;
/** Bytes that are held for a reader that does not read. Further lines are dropped and counted. */
const MOST_HELD = 8 * 2 ** 20;
/** How long a process that ends waits for such a reader: part of the 10 s that it has in all (src/main.ts). */
const LAST_MS = 750;

/**
 * Collects lines for some milliseconds and writes them together: each write of a line alone would be a part of the time of each
 * attempt at a transition. A process that is killed loses the lines of these milliseconds; one that ends in any other way writes
 * them before.
 *
 * It does not write by a thread, as `pino.destination` does: what a thread has begun to write when the process ends comes behind
 * the last lines, and a process whose thread waits for a reader cannot end (libuv joins its threads).
 */
class LineBuffer {
  #lines: string[] = [];
  /** Of the lines, in bytes. */
  #size = 0;
  #dropped = 0;
  /** What the reader has not taken of the lines before. */
  #rest = Buffer.alloc(0);
  /** How many lines are lost with it. */
  #restLines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    // Node makes pipes and sockets non-blocking when it is first asked for them: there a slow reader does not stop the process.
    // Files and terminals stay as they are (https://nodejs.org/api/process.html#a-note-on-process-io).
    void process.stderr;
    process.on('exit', () => this.#end());
  }

  /** @param line with its line feed */
  write(line: string): void {
    const size = Buffer.byteLength(line);
    if (this.#rest.length + this.#size + size > MOST_HELD) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#size += size;
    this.#flushIn(HOLD_MS);
  }

  #flushIn(milliseconds: number): void {
    this.#timer ??= setTimeout(() => this.#flush(), milliseconds).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writeOn();
    if (this.#rest.length > 0) this.#flushIn(RETRY_MS);
    else if (this.#lines.length > 0) this.#flushIn(0);
  }

  #end(): void {
    const end = Date.now() + LAST_MS;
    this.#writeOn();
    while (this.#rest.length + this.#lines.length > 0 && Date.now() < end) {
      if (this.#rest.length > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      this.#writeOn();
    }
  }

  /** Writes the rest, or else the lines, as far as the reader takes them. */
  #writeOn(): void {
    if (this.#rest.length === 0) this.#takeLines();
    if (this.#rest.length === 0) return;
    try {
      this.#rest = this.#rest.subarray(writeSync(2, this.#rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#drop();
    }
  }

  #takeLines(): void {
    this.#restLines = this.#lines.length + this.#dropped;
    if (this.#dropped > 0) this.#lines.push(droppedLine(this.#dropped));
    this.#rest = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#size = 0;
    this.#dropped = 0;
  }

  /** The reader has gone (EPIPE, EIO), or its disk is full (ENOSPC): later lines may find it again. */
  #drop(): void {
    this.#dropped += this.#restLines;
    this.#rest = Buffer.alloc(0);
  }
}

function droppedLine(count: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 40, time, lines: count, msg: 'lines of the log were dropped: nobody read them' })}\n`;
}
