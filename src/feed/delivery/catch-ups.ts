// What streams that are behind read. Thousands may be at once, after a restart or a cut network. Those of single files read
// just the changes of these; most others stand at nearly the same place, and share pages. Few are read at once, so that the poller
// always has a connection, and tenants take turns.
import { Turns } from '../../jobs/turns.ts';
import type { ChangeFilter, Interest, LoggedChange } from '../change.ts';
import { type FileChanges, MOST_FILES } from '../log/file-changes.ts';
import type { Pages } from '../log/pages.ts';
import { type Place, isSamePlace, placeOf } from '../place.ts';
import { bytesOf } from '../weight.ts';
import type { RingBuffer } from './ring-buffer.ts';

/** Half of the connections of the feed (src/db/pools.ts). */
const READS_AT_ONCE = 2;

/** What a stream reads at once. */
export interface CaughtUp {
  readonly changes: readonly LoggedChange[];
  /** Nothing else is for this stream up to here. */
  readonly upTo: Place;
}

interface KeptPage {
  readonly after: Place;
  readonly changes: readonly LoggedChange[];
  readonly bytes: number;
}

export class CatchUps {
  readonly #pages: Pick<Pages, 'read'>;
  readonly #files: Pick<FileChanges, 'read'>;
  readonly #ring: Pick<RingBuffer, 'head'>;
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
  /** Counts how often everything was dropped. */
  #epoch = 0;
  #waiting = 0;
  #pagesRead = 0;

  /** @param maxBytes of the pages that are kept for others */
  constructor(
    { pages, files }: { readonly pages: Pick<Pages, 'read'>; readonly files: Pick<FileChanges, 'read'> },
    ring: Pick<RingBuffer, 'head'>,
    maxBytes: number,
  ) {
    this.#pages = pages;
    this.#files = files;
    this.#ring = ring;
    this.#maxBytes = maxBytes;
  }

  /** Streams that wait for what they read. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Pages that were read from the table. */
  get pagesRead(): number {
    return this.#pagesRead;
  }

  /**
   * The next changes after a place, perhaps with others in between; none where the log ends.
   * @throws CursorError as Pages.read
   */
  async read({ tenant, filter }: Interest, after: Place): Promise<CaughtUp> {
    this.#waiting += 1;
    try {
      return (await this.#readFiles(tenant, filter, after)) ?? (await this.#readPages(tenant, after));
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Null: it is to be read page by page. */
  async #readFiles(tenant: string, { ids }: ChangeFilter, after: Place): Promise<CaughtUp | null> {
    if (ids === null || ids.size > MOST_FILES) return null;
    // What cannot be read this way, such as a damaged change, is told by its page.
    return await this.#files.read({ tenant, fileIds: [...ids], after }).catch(() => null);
  }

  async #readPages(tenant: string, after: Place): Promise<CaughtUp> {
    const turn = { tenant, weight: 1, size: () => 1 };
    const find = async () => this.#find(after) ?? (await this.#read(after));
    const changes = this.#find(after) ?? (await this.#turns.take(turn, find));
    return { changes, upTo: placeOf(changes.at(-1) ?? after) };
  }

  /** Drops every page. Call when the log was taken back: a place from before is the same there, what follows it is not. */
  clear(): void {
    this.#epoch += 1;
    this.#kept.clear();
    this.#bytes = 0;
  }

  async #read(after: Place): Promise<readonly LoggedChange[]> {
    this.#pagesRead += 1;
    const epoch = this.#epoch;
    const { changes } = await this.#pages.read(after);
    // The poller finds out that the log was taken back by the head of the ring buffer: pages beyond it would outlive that.
    if (epoch === this.#epoch && after.position + changes.length <= this.#ring.head) this.#keep(after, changes);
    return changes;
  }

  #keep(after: Place, changes: readonly LoggedChange[]): void {
    const page = { after, changes, bytes: changes.reduce((sum, change) => sum + bytesOf(change), 0) };
    this.#kept.add(page);
    this.#bytes += page.bytes;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= oldest.bytes;
    }
  }

  /** Undefined: no page that is kept has a change behind this place. */
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
