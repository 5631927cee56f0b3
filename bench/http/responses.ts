// Reads HTTP/1.1 responses cheaply but safely: one at a time, by its Content-Length.

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: (\d+)/i;

/** What an answer must contain, and how often, to count as a success. */
export interface Expectation {
  readonly text: string;
  readonly times: number;
}

/** The answer to one request, head and body. */
export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

export class AnswerReader {
  #chunks: Buffer[] = [];
  #received = 0;
  /** Bytes of the whole answer; null until its head is complete. */
  #expected: number | null = null;

  /** @returns the answer when this chunk completes it */
  push(chunk: Buffer): Answer | null {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    this.#expected ??= this.#readLength();
    if (this.#expected === null || this.#received < this.#expected) return null;
    if (this.#received > this.#expected) throw new Error('more came than was asked for');
    const bytes = this.#join();
    this.#chunks = [];
    this.#received = 0;
    this.#expected = null;
    return { status: Number(bytes.toString('latin1', 9, 12)), bytes };
  }

  #join(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }

  #readLength(): number | null {
    const received = this.#join();
    const end = received.indexOf(HEAD_END);
    if (end === -1) return null;
    const head = received.toString('latin1', 0, end);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`);
    return end + HEAD_END.length + Number(length);
  }
}

function countOccurrences(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) count += 1;
  return count;
}

const ENOUGH_SHOWN = 2_000;

/** @throws with the answer, when it is not the success it should be */
export function requireSuccess({ status, bytes }: Answer, { text, times }: Expectation): void {
  if (status === 200 && countOccurrences(bytes, Buffer.from(text)) === times) return;
  throw new Error(`not the answer that was expected: ${bytes.toString('utf8', 0, ENOUGH_SHOWN)}`);
}
