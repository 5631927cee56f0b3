// The body of a request, read no faster than its tenant may send. Where it would wait too long it ends early: what has arrived
// is kept, and the client is told when to send the rest.
import type { Passage } from '../../auth/limits/byte-rates.ts';

export interface Pacing {
  /** null: as fast as it comes. */
  readonly passage: Passage | null;
  /** Ends a wait. */
  readonly stopping: AbortController;
  /** Whether the body counts as a whole only, under a checksum: it does not end early then. */
  readonly isWhole: boolean;
}

export class PacedBody {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #pacing: Pacing;
  /** Set when it has ended early. */
  retryAfterSeconds: number | null = null;

  constructor(body: AsyncIterable<Uint8Array>, pacing: Pacing) {
    this.#body = body;
    this.#pacing = pacing;
  }

  read(): AsyncIterable<Uint8Array> {
    const { passage } = this.#pacing;
    return passage === null ? this.#body : this.#pace(passage);
  }

  async *#pace(passage: Passage): AsyncGenerator<Uint8Array> {
    const { stopping, isWhole } = this.#pacing;
    for await (const chunk of this.#body) {
      const { length } = chunk; // whoever takes the chunk may free it
      yield chunk;
      passage.count(length);
      this.retryAfterSeconds = isWhole ? null : passage.refuse();
      if (this.retryAfterSeconds !== null) return;
      await passage.wait(stopping.signal);
    }
  }
}
