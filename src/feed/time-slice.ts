// Long work on the one thread there is: after a few milliseconds whoever does it lets the others have their turn.
import { setImmediate as turn } from 'node:timers/promises';

const SLICE_MS = 5;

export class TimeSlice {
  #ends = performance.now() + SLICE_MS;

  get isOver(): boolean {
    return performance.now() > this.#ends;
  }

  /** Lets everything else that is due happen. */
  async giveWay(): Promise<void> {
    await turn();
    this.#ends = performance.now() + SLICE_MS;
  }
}
