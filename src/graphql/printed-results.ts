// Printed results of recent events, kept for subscribers that are slightly behind. One bound holds for all operations
// together; a subscriber that is further behind has its result executed again.

export class Printed {
  /** An execution result as JSON. */
  readonly text: string;
  /** The cursor of a change. */
  readonly cursor: string | null;

  constructor(text: string, cursor: string | null) {
    this.text = text;
    this.cursor = cursor;
  }
}

export type Results = Map<object, Printed | Promise<Printed>>;

interface Kept {
  readonly results: Results;
  readonly event: object;
  readonly weight: number;
}

const MAX_WEIGHT = 2 * 2 ** 20;
// The entry itself: two maps and a few objects.
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
    // Kept as text, as bytes and as a frame (http/websocket, http/sse).
    const weight = ENTRY_WEIGHT + 3 * printed.text.length;
    this.#kept.add({ results, event, weight });
    this.#weight += weight;
    for (const oldest of this.#kept) {
      // The newest stays whatever it weighs: it is about to be sent to every subscriber.
      if (this.#weight <= MAX_WEIGHT || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      oldest.results.delete(oldest.event);
      this.#weight -= oldest.weight;
    }
  }
}
