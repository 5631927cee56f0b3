// Collects text up to a number of bytes, in a form that the database takes.

/** 1 MiB: what search keeps of a file at most. */
const TEXT_LIMIT = 1 << 20;

export class TextCollector {
  readonly #parts: string[] = [];
  readonly #limit: number;
  #bytes = 0;
  #full = false;

  /** @param limit in bytes of UTF-8 */
  constructor(limit = TEXT_LIMIT) {
    this.#limit = limit;
  }

  /** Something did not fit: whatever comes is dropped. */
  get full(): boolean {
    return this.#full;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /** NUL is removed: PostgreSQL takes none in text. */
  add(text: string): void {
    if (this.#full) return;
    const kept = text.includes('\0') ? text.replaceAll('\0', '') : text;
    const bytes = Buffer.byteLength(kept);
    if (this.#bytes + bytes <= this.#limit) {
      this.#bytes += bytes;
      this.#parts.push(kept);
      return;
    }
    this.#parts.push(cut(kept, this.#limit - this.#bytes));
    this.#bytes = this.#limit;
    this.#full = true;
  }

  /** Halves of surrogate pairs, which no UTF-8 has, become U+FFFD. */
  text(): string {
    return this.#parts.join('').toWellFormed();
  }
}

/** The beginning that fits into so many bytes of UTF-8. No character is cut in two. */
function cut(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
