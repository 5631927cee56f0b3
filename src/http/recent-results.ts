// Printed results that somebody who is a little behind may still ask for: of all operations together, and no more than
// they may weigh. Whoever comes later has his made anew.

export class Printed {
  /** An execution result as JSON. */
  readonly text: string;
  /** Of a change: its place in the feed. */
  readonly cursor: string | null;
  #bytes: Buffer | undefined;

  constructor(text: string, cursor: string | null) {
    this.text = text;
    this.cursor = cursor;
  }

  /** The text in UTF-8. */
  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.from(this.text));
  }
}

export type Results = Map<object, Printed | Promise<Printed>>;

interface Kept {
  readonly results: Results;
  readonly event: object;
  readonly weight: number;
}

const MAX_WEIGHT = 2 * 2 ** 20;
// Of an entry itself: two maps, a few objects.
const ENTRY_WEIGHT = 300;

export class RecentResults {
  /** Oldest first. */
  readonly #kept = new Set<Kept>();
  #weight = 0;

  get weight(): number {
    return this.#weight;
  }

  keep(results: Results, event: object, printed: Printed): void {
    results.set(event, printed);
    // As text and as bytes.
    const weight = ENTRY_WEIGHT + 2 * printed.text.length;
    this.#kept.add({ results, event, weight });
    this.#weight += weight;
    for (const oldest of this.#kept) {
      // The newest stays, whatever it weighs: it is about to be told to everybody.
      if (this.#weight <= MAX_WEIGHT || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      oldest.results.delete(oldest.event);
      this.#weight -= oldest.weight;
    }
  }
}
