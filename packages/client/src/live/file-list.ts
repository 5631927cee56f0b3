// A list of files that is kept true: the pages that were read, and every change since. Without I/O.
import type { FileFilter, ListedFileFragment as WaybillFile } from '../generated/operations.ts';
import { attributesFit, statesFit } from './filter.ts';
import { Answers } from './answers.ts';
import type { Compare, Placed } from './order.ts';

export interface FileListOptions {
  readonly filter: FileFilter;
  readonly compare: Compare;
  /** Only the server can say whether this file is in the list: call `decide` with its answer. Once until then. */
  readonly onUndecided: (file: WaybillFile) => void;
}

export interface FilePage {
  readonly files: readonly WaybillFile[];
  readonly hasMore: boolean;
}

/** Of files that only the server could decide about: one that is forgotten is asked for again. */
const MAX_DECISIONS = 10_000;

export class FileList {
  readonly #options: FileListOptions;
  readonly #byId = new Map<string, WaybillFile>();
  /** In order. */
  #sorted: WaybillFile[] = [];
  /** The last file of the pages that were read: files beyond it are not shown. Null: there are no more. */
  #end: Placed | null = null;
  /** Since the reading of a page began: the newest of each file that changed; null: deleted. */
  #changed: Map<string, WaybillFile | null> | null = null;
  /** Files that an answer has taken out of the list before the feed did, and the version with which they left. */
  readonly #left = new Map<string, number>();
  readonly #undecided = new Map<string, WaybillFile>();
  /** Names never change, and neither do these. The last ones asked for. */
  readonly #decisions = new Map<string, boolean>();
  /** While everything is being read, and while a page is: what mutations have answered since. */
  #sinceReading: Answers | null = null;
  #sincePage: Answers | null = null;

  constructor(options: FileListOptions) {
    this.#options = options;
  }

  /** In order. The array is never changed: there is a new one after each change. */
  get files(): readonly WaybillFile[] {
    return this.#sorted.slice();
  }

  get size(): number {
    return this.#sorted.length;
  }

  /** There may be more files than were read. */
  get hasMore(): boolean {
    return this.#end !== null;
  }

  get(id: string): WaybillFile | undefined {
    return this.#byId.get(id);
  }

  /** Call before everything is asked for anew: answers that come meanwhile may be newer. */
  beginReading(): void {
    this.#sinceReading = new Answers();
  }

  /** Forgets everything for what was read anew. */
  replace({ files, hasMore }: FilePage): void {
    this.#byId.clear();
    this.#left.clear();
    this.#undecided.clear();
    this.#changed = null;
    for (const read of files) {
      const file = this.#sinceReading?.newerOf(read) ?? read;
      if (this.#stays(read, file)) this.#byId.set(file.id, file);
    }
    this.#sinceReading = null;
    this.#sincePage = null;
    this.#sorted = [...this.#byId.values()].toSorted(this.#options.compare);
    this.#end = hasMore ? (files.at(-1) ?? null) : null;
  }

  /** Call before a further page is asked for: changes that come meanwhile may be newer than the page. */
  beginPage(): void {
    this.#changed = new Map();
    this.#sincePage = new Answers();
  }

  addPage({ files, hasMore }: FilePage): void {
    const changed = this.#changed ?? new Map<string, WaybillFile | null>();
    this.#changed = null;
    this.#end = hasMore ? (files.at(-1) ?? this.#end) : null;
    for (const read of files) {
      const newest = changed.get(read.id);
      const file = this.#sincePage?.newerOf(read) ?? read;
      // Deleted, or changed since it was read: below.
      if (newest === null || (newest !== undefined && newest.version >= file.version)) continue;
      if (this.#stays(read, file)) this.#insert(file);
    }
    this.#sincePage = null;
    for (const [id, file] of changed) this.apply(id, file);
  }

  /** The page could not be read. */
  endPage(): void {
    this.#changed = null;
    this.#sincePage = null;
  }

  /**
   * A change of the feed.
   * @param file as of the change; null: it was deleted
   * @returns whether the list is another one now
   */
  apply(id: string, file: WaybillFile | null): boolean {
    this.#changed?.set(id, file);
    const isAsked = this.#undecided.delete(id);
    const known = this.#byId.get(id);
    if (file === null) {
      this.#left.delete(id);
      this.#decisions.delete(id);
      return known !== undefined && this.#remove(known);
    }
    if (known !== undefined) return this.#update(known, file);
    if (this.#hasLeft(file) || !statesFit(this.#options.filter, file.state) || !this.#isWithin(file)) return false;
    const fits = this.#decisions.get(id) ?? attributesFit(this.#options.filter, file);
    if (fits === null) {
      this.#undecided.set(id, file);
      if (!isAsked) this.#options.onUndecided(file);
      return false;
    }
    if (fits) this.#insert(file);
    return fits;
  }

  /** What the server says of a file that is undecided. @returns whether the list is another one now */
  decide(id: string, isInList: boolean): boolean {
    this.#decisions.set(id, isInList);
    const [oldest] = this.#decisions.keys();
    if (this.#decisions.size > MAX_DECISIONS) this.#decisions.delete(oldest!);
    const file = this.#undecided.get(id);
    return file !== undefined && this.apply(id, file);
  }

  /**
   * A file as a mutation has answered it, which may be ahead of the feed. One that is not in the list is left to the feed:
   * it may have been deleted since.
   */
  applyAnswer(file: WaybillFile): boolean {
    for (const answers of [this.#sinceReading, this.#sincePage]) answers?.add(file);
    const known = this.#byId.get(file.id);
    if (known === undefined || !this.#update(known, file)) return false;
    if (!this.#byId.has(file.id)) this.#left.set(file.id, file.version);
    return true;
  }

  /** Bytes that arrived between two changes. */
  applyProgress({ id, version, bytesReceived }: WaybillFile): boolean {
    const known = this.#byId.get(id);
    if (known?.version !== version || known.bytesReceived >= bytesReceived) return false;
    this.#set({ ...known, bytesReceived });
    return true;
  }

  /** Of a file that was read into the list: whether it is there as it is now. */
  #stays(read: WaybillFile, file: WaybillFile): boolean {
    if (file === read || statesFit(this.#options.filter, file.state)) return true;
    this.#left.set(file.id, file.version);
    return false;
  }

  /** @returns false if the list has this version already, because it was read after the change was made */
  #update(known: WaybillFile, file: WaybillFile): boolean {
    if (known.version >= file.version) return false;
    if (statesFit(this.#options.filter, file.state)) this.#set(file);
    else this.#remove(known);
    return true;
  }

  #hasLeft({ id, version }: WaybillFile): boolean {
    const left = this.#left.get(id);
    if (left === undefined) return false;
    if (version >= left) this.#left.delete(id);
    return version <= left;
  }

  #isWithin(file: Placed): boolean {
    return this.#end === null || this.#options.compare(file, this.#end) <= 0;
  }

  #insert(file: WaybillFile): void {
    if (this.#byId.has(file.id)) return void this.#update(this.#byId.get(file.id)!, file);
    this.#byId.set(file.id, file);
    this.#sorted.splice(this.#placeOf(file), 0, file);
  }

  #set(file: WaybillFile): void {
    this.#byId.set(file.id, file);
    this.#sorted[this.#placeOf(file)] = file;
  }

  #remove(file: WaybillFile): true {
    this.#byId.delete(file.id);
    this.#sorted.splice(this.#placeOf(file), 1);
    return true;
  }

  /** Where the file is, or belongs. */
  #placeOf(file: Placed): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#options.compare(this.#sorted[middle]!, file) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
