// Is the machine ours? What others do on the same cores is not shared fairly: the scheduler gives each process its turn,
// and a baseline of thirty processes then gets more of what is left than a server of one. So a round begins in a quiet
// moment and is done again when that has passed before its end, both for a while; how busy the machine was is part of
// the result.
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** More than this, of all cores together, and figures are not to be judged by. */
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

  /** How busy others kept the machine around each round that counts, 0 to 1. */
  get shares(): readonly number[] {
    return this.#shares;
  }

  /** Runs the round in a quiet moment. Nothing of ours may be at work before and after it. */
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
