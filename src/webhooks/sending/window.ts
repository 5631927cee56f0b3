// How far a webhook has come: changes end in any order, as files do not wait for each other, and its place moves only behind
// those of which every one before has ended.
import { type Place, placeOf } from '../../feed/place.ts';

interface Slot extends Place {
  isSettled: boolean;
}

export class Window {
  /** In feed order; the first is not settled. */
  #slots: Slot[] = [];
  readonly #byPosition = new Map<number, Slot>();
  #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Changes that have not ended, and those behind them. */
  get size(): number {
    return this.#slots.length;
  }

  /** @param taken up to where the feed was taken, with changes that did not match */
  place(taken: Place): Place {
    if (this.#slots.length === 0 && taken.position > this.#place.position) this.#place = placeOf(taken);
    return this.#place;
  }

  open(change: Place): void {
    const slot = { ...placeOf(change), isSettled: false };
    this.#slots.push(slot);
    this.#byPosition.set(slot.position, slot);
  }

  /** Of a change that ended, or whose row says that it has not. */
  settle({ position }: Pick<Place, 'position'>): void {
    const slot = this.#byPosition.get(position);
    if (slot === undefined) return;
    slot.isSettled = true;
    this.#byPosition.delete(position);
    const open = this.#slots.findIndex(({ isSettled }) => !isSettled);
    const settled = this.#slots.splice(0, open === -1 ? this.#slots.length : open);
    const last = settled.at(-1);
    if (last !== undefined) this.#place = placeOf(last);
  }
}
