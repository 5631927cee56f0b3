// What time it is to everything that expires: the database's time. Replicas whose own clocks are off would otherwise
// disagree about the same token.
import type { Pool } from 'pg';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** Clocks of providers and of this service may differ by so much. */
export const TOLERANCE_MS = 30_000;

const READ = 'select extract(epoch from clock_timestamp()) * 1000 as now';

export class DatabaseClock implements Clock {
  readonly #pool: Pick<Pool, 'query'>;
  readonly #steady: () => number;
  /** By how much the database is ahead of the steady clock, which nobody sets. */
  #ahead: number;

  /**
   * Goes by the clock of this machine until `sync`.
   * @param steady milliseconds on a clock that only goes forward
   */
  constructor(pool: Pick<Pool, 'query'>, steady: () => number) {
    this.#pool = pool;
    this.#steady = steady;
    this.#ahead = Date.now() - steady();
  }

  now(): number {
    return this.#steady() + this.#ahead;
  }

  /**
   * The database looked at its clock at some time between the question and the answer. A time that fits in between is kept:
   * where the answer took seconds, their middle would be worse.
   */
  async sync(): Promise<void> {
    const asked = this.#steady();
    const { rows } = await this.#pool.query<{ now: string }>(READ);
    const answered = this.#steady();
    const now = Number(rows[0]!.now);
    if (now - answered <= this.#ahead && this.#ahead <= now - asked) return;
    this.#ahead = now - (asked + answered) / 2;
  }
}
