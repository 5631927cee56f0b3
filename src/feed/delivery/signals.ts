// What the poller has to do with signals: it announces what was given positions here, and takes the changes that other replicas
// have sent along, or that batches of this one have written, but only what stands behind the very place to which it has read.
// Everything else is read from PostgreSQL.
import type { LoggedChange } from '../change.ts';
import type { Sequenced } from '../log/sequencer.ts';
import type { Batch, Notifier } from '../notify/notifier.ts';
import { type Place, isSamePlace } from '../place.ts';
import { bytesOf } from '../weight.ts';

/** Between polls where signals carry the changes: a signal may be lost, and the log may have been taken back. */
const SIGNALLED_POLL_MS = 2_000;
/** Held while the poller is busy; with more, it reads what it has missed. */
const MAX_BYTES = 8 * 2 ** 20;

interface Held extends Batch {
  /** Whether this replica has written it. */
  readonly isOwn: boolean;
}

export class Signals {
  #notifier: Notifier | null = null;
  #batches: Held[] = [];
  #bytes = 0;
  #taken = 0;

  /** Call before anything is sequenced. */
  announceBy(notifier: Notifier): void {
    this.#notifier = notifier;
  }

  /** Whether the commit of the sequencer has to notify the other replicas. */
  get isInCommit(): boolean {
    return this.#notifier?.isInCommit !== false;
  }

  /** How many changes came with signals. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether it is too early to ask the database again, if all is in order. */
  makeUpFor(sinceLastPollMs: number): boolean {
    return this.#notifier?.carriesChanges === true && sinceLastPollMs < SIGNALLED_POLL_MS;
  }

  /** @param changes what follows the place, up to the head or not so far; null: it could not be read at once */
  announce(
    { count, head }: Pick<Sequenced, 'count' | 'head'>,
    after: Place,
    changes: readonly LoggedChange[] | null,
  ): void {
    if (count > 0) this.#notifier?.announce({ head, batch: changes === null ? null : { after, changes } });
  }

  /** @param isOwn whether this replica has written it */
  add(batch: Batch, isOwn = false): void {
    this.#bytes += batch.changes.reduce((sum, change) => sum + bytesOf(change), 0);
    if (this.#bytes > MAX_BYTES) this.#clear();
    else this.#batches.push({ ...batch, isOwn });
  }

  /** Takes everything, and returns the changes that follow a place without a gap. */
  takeAfter(place: Place): readonly LoggedChange[] {
    if (this.#batches.length === 0) return [];
    const batches = this.#batches.toSorted((a, b) => a.after.position - b.after.position);
    this.#clear();
    const taken: LoggedChange[] = [];
    for (const batch of batches) {
      const changes = changesAfter(batch, taken.at(-1) ?? place);
      if (!batch.isOwn) this.#taken += changes.length;
      taken.push(...changes);
    }
    return taken;
  }

  /** The log was taken back: what was sent may never have been. */
  restart(): void {
    this.#clear();
    this.#notifier?.restart();
  }

  #clear(): void {
    this.#batches = [];
    this.#bytes = 0;
  }
}

/** Several replicas may send the same change, and a batch may begin further back: it stands on the place if the place is in it. */
function changesAfter({ after, changes }: Batch, place: Place): readonly LoggedChange[] {
  const skipped = place.position - after.position;
  const standing = skipped === 0 ? after : changes[skipped - 1];
  return standing !== undefined && isSamePlace(standing, place) ? changes.slice(skipped) : [];
}
