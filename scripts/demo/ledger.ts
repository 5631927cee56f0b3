// The books of the demo: what the server acknowledged against what the subscription delivered.
import type { FileFacts } from './api.ts';

/** A change as both sides know it: `what` is the event of a transition, or REGISTERED at version 0. */
export interface Entry {
  readonly fileId: string;
  readonly version: number;
  readonly what: string;
}

export interface Balance {
  readonly acknowledged: number;
  readonly seen: number;
  readonly lost: number;
  readonly twice: number;
  /** Not the version that had to come next for its file: a gap, or the wrong order. */
  readonly outOfOrder: number;
  /** Seen, but acknowledged to nobody. */
  readonly unknown: number;
}

const keyOf = ({ fileId, version, what }: Entry): string => `${fileId} ${version} ${what}`;

export class Ledger {
  readonly #acknowledged: Entry[] = [];
  readonly #seen: Entry[] = [];
  /** The newest acknowledged version of each file. */
  readonly #versions = new Map<string, number>();

  acknowledge(entry: Entry): void {
    this.#acknowledged.push(entry);
    this.#versions.set(entry.fileId, entry.version);
  }

  /** What the server has promised to do by itself: the version is the one that has to come next. */
  acknowledgeNext(fileId: string, what: string): void {
    this.acknowledge({ fileId, version: (this.#versions.get(fileId) ?? -1) + 1, what });
  }

  see(entry: Entry): void {
    this.#seen.push(entry);
  }

  get seen(): readonly Entry[] {
    return this.#seen;
  }

  /** Whether all that was acknowledged so far has been seen. */
  get isComplete(): boolean {
    return this.balance().lost === 0;
  }

  balance(): Balance {
    const acknowledged = new Set(this.#acknowledged.map(keyOf));
    const seen = new Set(this.#seen.map(keyOf));
    return {
      acknowledged: this.#acknowledged.length,
      seen: this.#seen.length,
      lost: acknowledged.difference(seen).size,
      twice: this.#seen.length - seen.size,
      outOfOrder: this.#countOutOfOrder(),
      unknown: seen.difference(acknowledged).size,
    };
  }

  /** What comes a second time is counted as that, and not again here. */
  #countOutOfOrder(): number {
    const versions = new Map<string, number>();
    const before = new Set<string>();
    let count = 0;
    for (const entry of this.#seen) {
      if (before.has(keyOf(entry))) continue;
      before.add(keyOf(entry));
      const last = versions.get(entry.fileId) ?? -1;
      if (entry.version !== last + 1) count += 1;
      versions.set(entry.fileId, Math.max(last, entry.version));
    }
    return count;
  }
}

export const isBalanced = ({ lost, twice, outOfOrder, unknown }: Balance): boolean =>
  lost + twice + outOfOrder + unknown === 0;

const COMPARED = ['name', 'state', 'version', 'bytesReceived', 'size', 'sha256'] as const;

/** Where the API and what was seen last of each file differ, in words. */
export function findDifferences(stored: readonly FileFacts[], seen: ReadonlyMap<string, FileFacts>): string[] {
  const known = new Set(stored.map(({ id }) => id));
  const missing = [...seen.keys()].filter((id) => !known.has(id)).map((id) => `${id} was seen and is not in the API`);
  const differing = stored.flatMap((file) => {
    const last = seen.get(file.id);
    if (last === undefined) return [`${file.id} is in the API and was never seen`];
    return COMPARED.filter((field) => file[field] !== last[field]).map(
      (field) => `${field} of ${file.name} is ${file[field]}, and was seen as ${last[field]}`,
    );
  });
  return [...missing, ...differing];
}
