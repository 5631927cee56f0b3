// Tells each new change to those who asked for it, in feed order, and wakes nobody else. Whoever is told may be unable to
// take it: how it catches up is its own affair (change-stream.ts), and holds up nobody.
import { type LoggedChange, matches } from './change.ts';
import { ChangeIndex, type Wanted } from './change-index.ts';
import type { Ring } from './ring.ts';
import { TimeSlice } from './time-slice.ts';

export interface Hearer extends Wanted {
  /** A change that matches: each once, in order, from when it entered. Must not throw. */
  hear(change: LoggedChange): void;
  /** It has been told of everything up to `position`; what came after is for itself to read. */
  lose(position: number): void;
  /** The feed has stopped. */
  end(): void;
}

export class Router {
  readonly #ring: Ring;
  readonly #hearers = new Set<Hearer>();
  readonly #index = new ChangeIndex<Hearer>();
  #position: number;
  #isTelling = false;

  constructor(ring: Ring) {
    this.#ring = ring;
    this.#position = ring.head;
  }

  get size(): number {
    return this.#hearers.size;
  }

  /** Everything up to here has been told. */
  get position(): number {
    return this.#position;
  }

  /** From now on. What is in the ring already is for the hearer itself to read, and may be told once more. */
  enter(hearer: Hearer): void {
    this.#hearers.add(hearer);
    this.#index.add(hearer);
  }

  leave(hearer: Hearer): void {
    if (this.#hearers.delete(hearer)) this.#index.remove(hearer);
  }

  /** Call when changes were added to the ring. */
  wake(): void {
    if (!this.#isTelling) void this.#tellAll();
  }

  stop(): void {
    for (const hearer of this.#hearers) hearer.end();
  }

  /** Those who enter or leave meanwhile are told or not, as a Set does it: neither harms them. */
  async #tellAll(): Promise<void> {
    this.#isTelling = true;
    const slice = new TimeSlice();
    for (;;) {
      if (!this.#ring.covers(this.#position)) this.#loseAll();
      const change = this.#ring.at(this.#position + 1);
      if (change === undefined) break;
      const { kind, fileId, file } = change;
      for (const hearers of this.#index.find(change)) {
        for (const hearer of hearers) {
          if (!matches(hearer.filter, kind, fileId, file.state)) continue;
          hearer.hear(change);
          if (slice.isOver) await slice.giveWay();
        }
      }
      this.#position = change.position;
    }
    this.#isTelling = false;
  }

  /** The ring has gone round before its changes could be told. */
  #loseAll(): void {
    for (const hearer of this.#hearers) hearer.lose(this.#position);
    this.#position = this.#ring.head;
  }
}
