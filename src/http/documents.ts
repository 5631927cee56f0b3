// Documents that were parsed, by their text, and which of them were found valid: most requests send one of a few. What is
// kept is bounded by the length of the texts, as a parsed document weighs some forty times as much.
import type { DocumentNode } from 'graphql';

/** Characters, of all texts kept together. */
const MAX_WEIGHT = 2 ** 20;
/** A longer text is parsed each time: it would push out many others. */
const MAX_LENGTH = 2 ** 16;

/** Keeps what was used last. */
export class TextCache<Value> {
  /** Least recently used first. */
  readonly #values = new Map<string, Value>();
  #weight = 0;

  get weight(): number {
    return this.#weight;
  }

  get(text: string): Value | undefined {
    const value = this.#values.get(text);
    if (value === undefined) return undefined;
    this.#values.delete(text);
    this.#values.set(text, value);
    return value;
  }

  set(text: string, value: Value): void {
    if (text.length > MAX_LENGTH) return;
    if (this.#values.delete(text)) this.#weight -= text.length;
    this.#values.set(text, value);
    this.#weight += text.length;
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= MAX_WEIGHT) break;
      this.#values.delete(oldest);
      this.#weight -= oldest.length;
    }
  }
}

export class Documents {
  /** Filled by whoever parses. */
  readonly parsed = new TextCache<DocumentNode>();
  readonly #valid = new WeakSet<DocumentNode>();

  /** Only where it is known to be within all limits and valid; what was refused is judged again each time. */
  findValid(text: string): DocumentNode | undefined {
    const document = this.parsed.get(text);
    return document !== undefined && this.#valid.has(document) ? document : undefined;
  }

  markValid(document: DocumentNode): void {
    this.#valid.add(document);
  }
}
