// The body of a request, read no faster than its tenant may send. Where it would wait too long it ends early: what has arrived
// is kept, and the client is told when to send the rest.
import type { ByteRates } from '../../auth/limits/byte-rates.ts';

export interface Pacing {
  readonly tenant: string;
  /** null: as fast as it comes. */
  readonly rates: ByteRates | null;
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
    const { rates } = this.#pacing;
    return rates === null ? this.#body : this.#pace(rates);
  }

  async *#pace(rates: ByteRates): AsyncGenerator<Uint8Array> {
    const { tenant, stopping, isWhole } = this.#pacing;
    for await (const chunk of this.#body) {
      const { length } = chunk; // whoever takes the chunk may free it
      yield chunk;
      rates.count(tenant, length);
      this.retryAfterSeconds = isWhole ? null : rates.refuse(tenant);
      if (this.retryAfterSeconds !== null) return;
      await rates.wait(tenant, stopping.signal);
    }
  }
}
