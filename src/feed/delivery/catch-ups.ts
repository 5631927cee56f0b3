// Pages of the log for streams that are behind. Thousands may be at once, after a restart or a cut network, and most of them
// stand at nearly the same place: they share pages. Few are read at once, so that the poller always has a connection, and
// tenants take turns.
import { Turns } from '../../jobs/turns.ts';
import type { LoggedChange } from '../change.ts';
import type { Pages } from '../log/pages.ts';
import { type Place, isSamePlace } from '../place.ts';
import { bytesOf } from '../weight.ts';

/** Half of the connections of the feed (src/db/pools.ts). */
const READS_AT_ONCE = 2;

interface KeptPage {
  readonly after: Place;
  readonly changes: readonly LoggedChange[];
  readonly bytes: number;
}

export class CatchUps {
  readonly #pages: Pick<Pages, 'read'>;
  readonly #maxBytes: number;
  readonly #turns = new Turns({
    name: 'subscribers that are behind',
    atOnce: READS_AT_ONCE,
    atOncePerTenant: 1,
    waiting: Infinity,
    waitingOfTenant: Infinity,
  });
  /** Oldest first. */
  readonly #kept = new Set<KeptPage>();
  #bytes = 0;
  #waiting = 0;
  #pagesRead = 0;

  /** @param maxBytes of the pages that are kept for others */
  constructor(pages: Pick<Pages, 'read'>, maxBytes: number) {
    this.#pages = pages;
    this.#maxBytes = maxBytes;
  }

  /** Streams that wait for a page. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Pages that were read from the table. */
  get pagesRead(): number {
    return this.#pagesRead;
  }

  /**
   * The next changes after a place, of every tenant; none where the log ends.
   * @param tenant whose turn it is
   * @throws CursorError as Pages.read
   */
  async read(tenant: string, after: Place): Promise<readonly LoggedChange[]> {
    const known = this.#find(after);
    if (known !== undefined) return known;
    this.#waiting += 1;
    const turn = { tenant, weight: 1, size: () => 1 };
    try {
      return await this.#turns.take(turn, async () => this.#find(after) ?? (await this.#read(after)));
    } finally {
      this.#waiting -= 1;
    }
  }

  async #read(after: Place): Promise<readonly LoggedChange[]> {
    this.#pagesRead += 1;
    const { changes } = await this.#pages.read(after);
    const page = { after, changes, bytes: changes.reduce((sum, change) => sum + bytesOf(change), 0) };
    this.#kept.add(page);
    this.#bytes += page.bytes;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= oldest.bytes;
    }
    return changes;
  }

  /** Undefined: no page that is kept has a change behind this place. Other logs have other fingerprints at theirs. */
  #find(after: Place): readonly LoggedChange[] | undefined {
    for (const page of this.#kept) {
      const skipped = after.position - page.after.position;
      if (skipped < 0 || skipped >= page.changes.length) continue;
      const standing = skipped === 0 ? page.after : page.changes[skipped - 1]!;
      if (isSamePlace(standing, after)) return skipped === 0 ? page.changes : page.changes.slice(skipped);
    }
    return undefined;
  }
}
