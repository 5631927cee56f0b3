// A live stream of logged changes. As long as its listener takes what is told it costs nothing but its place in the
// router. When the listener cannot, the stream is behind: it goes its own way through the ring, or page by page through
// the table, and holds a position and nothing else, until it has caught up and is told again.
import type { Pool } from 'pg';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { abortable } from './abortable.ts';
import type { ChangeFilter, LoggedChange } from './change.ts';
import { Follower, follow } from './follow.ts';
import { type Listener, LiveStream } from './live-stream.ts';
import type { Pump } from './pump.ts';
import type { Hearer } from './router.ts';
import { TimeSlice } from './time-slice.ts';
import { waitForChanges } from './wait-for-changes.ts';

/** The log: what is new comes through the pump, what is old from the pool. */
export interface Log {
  readonly pump: Pump;
  readonly pool: Pool;
}

/** Where a stream begins, and what it is of. */
export interface Place {
  readonly tenant: string;
  readonly filter: ChangeFilter;
  /** Everything up to here is not wanted, or known. */
  readonly position: number;
}

/** What a stream makes of the changes that match. */
export interface View<Item> {
  /** Told before any change, or null. */
  readonly first: Item | null;
  /** What is told of a change, or null. */
  itemOf(change: LoggedChange): Item | null;
  /** Whether the stream is through with this change, which is not told. */
  isEnd(change: LoggedChange): boolean;
}

export const EVERY_CHANGE: View<LoggedChange> = { first: null, itemOf: (change) => change, isEnd: () => false };

/** Snapshot, then tail: the file as it was read, and as of every change since. */
export const snapshotThenTail = (snapshot: FileSnapshot): View<FileSnapshot> => ({
  first: snapshot,
  // The snapshot may be ahead of the feed.
  itemOf: ({ version, file }) => (version > snapshot.version ? file : null),
  isEnd: ({ kind }) => kind === 'DELETED',
});

export class ChangeStream<Item> extends LiveStream<Item> implements Hearer {
  readonly tenant: string;
  readonly filter: ChangeFilter;
  readonly #log: Log;
  readonly #view: View<Item>;
  /** Everything up to here has been told, or is nothing to tell. */
  #position: number;
  #listener: Listener<Item> | undefined;
  #isBehind = true;

  constructor(log: Log, { tenant, filter, position }: Place, view: View<Item>) {
    super();
    this.tenant = tenant;
    this.filter = filter;
    this.#log = log;
    this.#view = view;
    this.#position = position;
  }

  override tell(listener: Listener<Item>): void {
    this.#listener = listener;
    const { router, ring, stopped } = this.#log.pump;
    const { first } = this.#view;
    if (stopped.aborted) return this.#end(null);
    if (this.isOver) return;
    router.enter(this);
    try {
      const isBegun = first === null || listener.offer(first);
      if (isBegun && this.#position >= ring.head) this.#isBehind = false;
      else void this.#catchUp(isBegun ? null : first);
    } catch (error) {
      this.#end(error);
    }
  }

  hear(change: LoggedChange): void {
    if (this.#isBehind || change.position <= this.#position) return;
    try {
      if (this.#view.isEnd(change)) return this.#end(null);
      const item = this.#view.itemOf(change);
      if (item === null || this.#listener!.offer(item)) this.#position = change.position;
      else this.lose(change.position - 1);
    } catch (error) {
      this.#end(error);
    }
  }

  lose(position: number): void {
    if (this.#isBehind) return;
    this.#position = Math.max(this.#position, position);
    void this.#catchUp(null);
  }

  end(): void {
    this.#end(null);
  }

  protected override leave(): void {
    this.#log.pump.router.leave(this);
  }

  protected override read(): AsyncGenerator<Item, void> {
    return abortable(this.#log.pump.stopped, (signal) => this.#readOn(signal));
  }

  async *#readOn(signal: AbortSignal): AsyncGenerator<Item, void> {
    const follower = this.#follower();
    const waiter = waitForChanges(this.#log.pump.router, follower, signal);
    try {
      if (this.#view.first !== null) yield this.#view.first;
      for await (const change of follow(follower, waiter, signal)) {
        if (this.#view.isEnd(change)) return;
        const item = this.#view.itemOf(change);
        if (item !== null) yield item;
      }
    } finally {
      waiter.leave();
    }
  }

  async #catchUp(first: Item | null): Promise<void> {
    this.#isBehind = true;
    try {
      if (first !== null) await this.#listener!.take(first);
      const follower = this.#follower();
      // Asked in the same breath as the stream is told again: what comes between would be neither read nor told.
      do await this.#takeAll(follower);
      while (!this.isOver && follower.position < this.#log.pump.ring.head);
      this.#position = follower.position;
      this.#isBehind = false;
    } catch (error) {
      this.#end(error);
    }
  }

  async #takeAll(follower: Follower): Promise<void> {
    const slice = new TimeSlice();
    const isOver = (): boolean => this.isOver;
    const until = {
      get aborted() {
        return isOver();
      },
    };
    for await (const change of follower.drain(until)) {
      if (this.#view.isEnd(change)) return this.#end(null);
      const item = this.#view.itemOf(change);
      if (item !== null) await this.#listener!.take(item);
      if (slice.isOver) await slice.giveWay();
    }
  }

  #follower(): Follower {
    const { pump, pool } = this.#log;
    return new Follower(pump, pool, this.tenant, this.filter, this.#position);
  }

  #end(failure: unknown): void {
    if (this.finish()) this.#listener?.end(failure);
  }
}
