// Finds a byte pattern in what several connections send, also where it spans two chunks.

export interface Match {
  /** Text in latin1; letter case is ignored. */
  readonly pattern: string;
  /** Counted over all connections. Default: 1. */
  readonly nth?: number;
  /** Only connections whose first chunk contains this text. Default: all. */
  readonly connection?: string;
}

export interface Found {
  /** Where the match begins in the chunk; 0 if it began in the one before. */
  readonly begin: number;
  readonly end: number;
}

export class PatternMatch {
  readonly #pattern: string;
  readonly #connection: string;
  #left: number;
  /** By connection: the end of what was sent, too short to hold a match. */
  readonly #tails = new Map<number, string>();

  constructor({ pattern, nth = 1, connection = '' }: Match) {
    this.#pattern = pattern.toLowerCase();
    this.#connection = connection;
    this.#left = nth;
  }

  /** @returns the n-th match, if this chunk ends it */
  findIn(chunk: Buffer, { number, opening }: { readonly number: number; readonly opening: string }): Found | null {
    if (!opening.includes(this.#connection)) return null;
    const tail = this.#tails.get(number) ?? '';
    const text = tail + chunk.toString('latin1').toLowerCase();
    const { length } = this.#pattern;
    let end = 0;
    while (this.#left > 0) {
      const at = text.indexOf(this.#pattern, end);
      if (at < 0) break;
      end = at + length;
      this.#left -= 1;
    }
    if (this.#left === 0) return { begin: Math.max(0, end - length - tail.length), end: end - tail.length };
    this.#tails.set(number, text.slice(Math.max(end, text.length - length + 1)));
    return null;
  }
}
