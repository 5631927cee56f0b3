// Processor time per item: the figure to look at while other load makes everything slow.
import { readCpuSeconds } from '../host/cpu-time.ts';
import { tell } from '../output/numbers.ts';
import { quantile } from './statistics.ts';

export class CpuMeter {
  readonly #pids: ReadonlyMap<string, number>;
  /** Microseconds per item, by process and round. */
  readonly #costs = new Map<string, number[]>();

  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = new Map(Object.entries(pids));
  }

  /** Divides the processor time used meanwhile by the items of the result. */
  async during<Result>(work: () => Promise<Result>, itemsOf: (result: Result) => number): Promise<Result> {
    const before = await this.#read();
    const result = await work();
    const after = await this.#read();
    for (const [name, seconds] of after) {
      const cost = ((seconds - (before.get(name) ?? 0)) * 1e6) / itemsOf(result);
      this.#costs.set(name, [...(this.#costs.get(name) ?? []), cost]);
    }
    return result;
  }

  /** A sentence, or none if the system gives no figures. Leaves out the first round, which only warmed up. */
  describe(item: string): string[] {
    const costs = [...this.#costs].map(([name, rounds]) => `${tell(quantile(rounds.slice(1), 0.5))} µs in ${name}`);
    return costs.length === 0 ? [] : [`${item} takes ${costs.join(' and ')} of processor time.`];
  }

  async #read(): Promise<Map<string, number>> {
    const times = new Map<string, number>();
    for (const [name, pid] of this.#pids) {
      const seconds = await readCpuSeconds(pid);
      if (seconds !== null) times.set(name, seconds);
    }
    return times;
  }
}
