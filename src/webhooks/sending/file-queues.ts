// The changes of each file that wait for a webhook, in their order: of a file one is sent at a time. A file whose change could
// not be delivered is parked until its next attempt, and what comes after it waits behind it.
import type { LoggedChange } from '../../feed/change.ts';
import type { Place } from '../../feed/place.ts';

export interface Item extends Place {
  readonly fileId: string;
  /** Undefined of one that has waited for long: it is read again when it is sent. */
  change: LoggedChange | undefined;
  attempts: number;
  /** Milliseconds on the clock of this process. */
  readonly since: number;
  isParked: boolean;
}

export function itemOf(change: LoggedChange, since: number, isParked: boolean): Item {
  const { fileId, position, fingerprint } = change;
  return { fileId, position, fingerprint, change: isParked ? undefined : change, attempts: 0, since, isParked };
}

export class FileQueues {
  readonly #queues = new Map<string, Item[]>();
  /** Whose first is to be sent. */
  readonly #ready: string[] = [];
  /** Files that are parked, and until when. */
  readonly #parked = new Map<string, number>();
  #parkedItems = 0;

  /** Files whose first is to be sent. */
  get ready(): number {
    return this.#ready.length;
  }

  /** The position of the first change that has not ended; null: all have. */
  get oldest(): number | null {
    const firsts = Array.from(this.#queues.values(), ([first]) => first?.position ?? Infinity);
    return firsts.length === 0 ? null : Math.min(...firsts);
  }

  /** Items of parked files. */
  get parkedItems(): number {
    return this.#parkedItems;
  }

  isParked(fileId: string): boolean {
    return this.#parked.has(fileId);
  }

  /** @param until when the file is parked until, if this is its first */
  add(item: Item, until?: number): void {
    const { fileId } = item;
    if (item.isParked) this.#parkedItems += 1;
    const queue = this.#queues.get(fileId);
    if (queue !== undefined) {
      queue.push(item);
      return;
    }
    this.#queues.set(fileId, [item]);
    if (until === undefined) this.#ready.push(fileId);
    else this.#parked.set(fileId, until);
  }

  /** The first of a file whose turn it is. Undefined: none is ready. */
  next(): Item | undefined {
    const fileId = this.#ready.shift();
    return fileId === undefined ? undefined : this.#queues.get(fileId)?.[0];
  }

  /** Puts one back that `next` gave: it was not sent. */
  putBack({ fileId }: Item): void {
    this.#ready.unshift(fileId);
  }

  /** The first of its file has ended: the next one is ready. */
  finish({ fileId }: Item): void {
    const queue = this.#queues.get(fileId);
    const ended = queue?.shift();
    if (ended?.isParked === true) this.#parkedItems -= 1;
    if (queue === undefined || queue.length === 0) this.#queues.delete(fileId);
    else this.#ready.push(fileId);
  }

  /** @returns everything of the file that was not parked before, the first one too */
  park({ fileId }: Item, until: number): Item[] {
    this.#parked.set(fileId, until);
    const newly = (this.#queues.get(fileId) ?? []).filter(({ isParked }) => !isParked);
    for (const item of newly) {
      item.isParked = true;
      // Whatever waits for hours is not kept in memory.
      item.change = undefined;
    }
    this.#parkedItems += newly.length;
    return newly;
  }

  /** Makes those ready whose time has come. @returns when the next one's comes; Infinity: none is parked */
  wake(now: number): number {
    let next = Infinity;
    for (const [fileId, until] of this.#parked) {
      if (until > now) next = Math.min(next, until);
      else {
        this.#parked.delete(fileId);
        this.#ready.push(fileId);
      }
    }
    return next;
  }
}
