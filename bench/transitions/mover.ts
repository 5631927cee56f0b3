// Moves the files of one pool through the API, round after round: each continues where the last one ended.
import type { Database } from '../host/database.ts';
import type { LoadCalls } from '../http/load.ts';
import type { Peer } from '../http/requests.ts';
import { CpuMeter } from '../measure/cpu-meter.ts';
import type { Worker } from '../workers/worker.ts';
import type { Pool } from './cycle.ts';
import { awaitSequenced } from './files.ts';

export interface MoverOptions {
  readonly load: Worker<LoadCalls>;
  readonly url: string;
  /** The program's own. */
  readonly database: Database;
  readonly pool: Pool;
  /** The first move. Default: 0. */
  readonly from?: number;
  readonly connections: number;
  /** null: transitionFile; a number: transitionFiles with so many. */
  readonly bulk: number | null;
  /** Whose API it is. Default: Waybill's. */
  readonly to?: Peer;
  /** The processes whose time is counted, by name. Default: none. */
  readonly processes?: Readonly<Record<string, number>>;
}

export class Mover {
  readonly #options: MoverOptions;
  readonly #meter: CpuMeter;
  #moves: number;
  /** Of the load generator, in the last round: its share of one core. */
  clientShare = 0;
  /** Made in the last round. */
  lastMoves = 0;
  /** The longest time from the end of a round to its last change in the feed. */
  feedLagSeconds = 0;

  constructor(options: MoverOptions) {
    this.#options = options;
    this.#meter = new CpuMeter(options.processes ?? {});
    this.#moves = options.from ?? 0;
  }

  /**
   * Waits for `after`, if given, with the clock still running; its argument is the number of moves in this round.
   * @returns transitions a second, as acknowledged
   */
  async run(seconds: number, after?: (moves: number) => Promise<void>): Promise<number> {
    const round = await this.#meter.during(
      () => this.#run(seconds, after),
      ({ moves }) => moves,
    );
    return round.moves / round.seconds;
  }

  /** A sentence on processor time, where it is known. */
  describeCost(item: string): string[] {
    return this.#meter.describe(item);
  }

  async #run(seconds: number, after?: (moves: number) => Promise<void>): Promise<Round> {
    const { load, url, database, pool, connections, bulk, to = 'Waybill' } = this.#options;
    const plan = { kind: 'transitions', pool, bulk, from: this.#moves, to } as const;
    const result = await load.call('run', { url, connections, seconds, plan });
    const moves = result.moves - this.#moves;
    const end = performance.now();
    await after?.(moves);
    const extraSeconds = after === undefined ? 0 : (performance.now() - end) / 1_000;
    this.feedLagSeconds = Math.max(this.feedLagSeconds, to === 'Waybill' ? await awaitSequenced(database) : 0);
    this.#moves = result.moves;
    this.lastMoves = moves;
    this.clientShare = result.cpuSeconds / result.seconds;
    return { moves, seconds: result.seconds + extraSeconds };
  }
}

interface Round {
  readonly moves: number;
  readonly seconds: number;
}
