// Printed results that somebody who is a little behind may still ask for: of all operations together, and no more than
// they may weigh. Whoever comes later has his made anew.
import { frameMessage } from './text-frame.ts';

export class Printed {
  /** An execution result as JSON. */
  readonly text: string;
  /** Of a change: its place in the feed. */
  readonly cursor: string | null;
  #bytes: Buffer | undefined;
  #head: string | undefined;
  #frame: Buffer | undefined;

  constructor(text: string, cursor: string | null) {
    this.text = text;
    this.cursor = cursor;
  }

  /** The message of a WebSocket that begins so: made once for the many who name their first subscription the same. */
  frameAfter(head: string): Buffer {
    if (this.#frame !== undefined && this.#head === head) return this.#frame;
    this.#bytes ??= Buffer.from(this.text);
    this.#head = head;
    return (this.#frame = frameMessage(head, this.#bytes));
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
    // As text, as bytes and as a frame.
    const weight = ENTRY_WEIGHT + 3 * printed.text.length;
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
