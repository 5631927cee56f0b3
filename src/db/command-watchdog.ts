// The time limit of each command on a connection whose commands are pipelined. `pg` counts its own (query_timeout) from when a
// command is sent: one behind others would have to pay for them too, and a COMMIT behind a long statement be given up
// although the server is at work.
import type { PoolClient } from 'pg';
import { SILENCE } from './pg-errors.ts';

export class CommandWatchdog {
  readonly #limitMs: number;
  readonly #client: PoolClient;
  #unanswered = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param limitMs for each command, in milliseconds */
  constructor(limitMs: number, client: PoolClient) {
    this.#limitMs = limitMs;
    this.#client = client;
  }

  /** Call for each command that is sent, in order. Whatever has no answer fails when the time of one is over. */
  watch(answer: Promise<unknown>): void {
    this.#unanswered += 1;
    if (this.#unanswered === 1) this.#timer = setTimeout(() => this.#giveUp(), this.#limitMs);
    const onAnswer = (): void => this.#onAnswer();
    answer.then(onAnswer, onAnswer);
  }

  #onAnswer(): void {
    this.#unanswered -= 1;
    // The next one can start now.
    if (this.#unanswered > 0) this.#timer?.refresh();
    else clearTimeout(this.#timer);
  }

  #giveUp(): void {
    this.#client.connection.stream.destroy(new Error(SILENCE));
  }
}
