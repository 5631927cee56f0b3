// Waits for a quiet machine. Other load is not shared fairly: the scheduler gives each process its turn, so a baseline of
// thirty processes gets more of the rest than a server of one. So a round starts in a quiet moment and is repeated if
// other load comes before its end, both for a limited time; the load is part of the result.
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** With more load than this share of all cores, figures are not reliable. */
export const QUIET_SHARE = 0.15;
const SAMPLE_MS = 200;
const LOOK_AGAIN_MS = 1_000;

interface Times {
  readonly busy: number;
  readonly all: number;
}

/** Of all cores together, since the machine was started. */
function readTimes(): Times {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, core) => sum + core.idle, 0);
  const all = times.reduce((sum, core) => sum + core.idle + core.user + core.nice + core.sys + core.irq, 0);
  return { busy: all - idle, all };
}

async function measureBusy(): Promise<number> {
  const before = readTimes();
  await delay(SAMPLE_MS);
  const after = readTimes();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

export class Quiet {
  readonly #shares: number[] = [];
  #patienceMs: number;

  /** `patienceMs` is for all rounds of a run together: waiting for quiet, and rounds done again. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Load by other processes around each round that counts, 0 to 1. */
  get shares(): readonly number[] {
    return this.#shares;
  }

  /** Runs the round in a quiet moment. Nothing of the bench may run before and after it. */
  async during<Result>(round: () => Promise<Result>): Promise<Result> {
    for (;;) {
      const before = await this.#wait();
      const start = performance.now();
      const result = await round();
      const after = await measureBusy();
      if (after <= QUIET_SHARE || this.#patienceMs <= 0) {
        this.#shares.push(Math.max(before, after));
        return result;
      }
      this.#patienceMs -= performance.now() - start;
    }
  }

  async #wait(): Promise<number> {
    for (;;) {
      const busy = await measureBusy();
      if (busy <= QUIET_SHARE || this.#patienceMs <= 0) return busy;
      await delay(LOOK_AGAIN_MS);
      this.#patienceMs -= LOOK_AGAIN_MS;
    }
  }
}
