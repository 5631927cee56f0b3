// Progress over all processors of a file, in equal shares. It never goes back, whatever a processor reports.
import { oneLine } from './sandbox/failures.ts';

export interface Progress {
  readonly fraction: number;
  readonly message: string;
}

const MAX_MESSAGE = 200;

export class ProgressOverAll {
  readonly #total: number;
  readonly #report: (progress: Progress) => void;
  #fraction = 0;

  /** @param total number of processors */
  constructor(total: number, report: (progress: Progress) => void) {
    this.#total = total;
    this.#report = report;
  }

  /** @param index of the processor @param fraction of its own work */
  at(index: number, fraction: unknown, message: unknown): void {
    const own = typeof fraction === 'number' && fraction > 0 ? Math.min(fraction, 1) : 0;
    this.#fraction = Math.max(this.#fraction, (index + own) / this.#total);
    this.#report({
      fraction: this.#fraction,
      message: typeof message === 'string' ? oneLine(message, MAX_MESSAGE) : '',
    });
  }
}
