// Long work on the one thread there is: after a millisecond whoever does it lets the others have their turn.
import { setImmediate as turn } from 'node:timers/promises';

// While changes are told, the database waits for the next unit of work: with 5 ms a subscriber on every file cost 18 % of
// the transitions, with 1 ms 8 % (docs/adr/0012).
const SLICE_MS = 1;

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
