// The time limit of each command on a connection whose commands are pipelined. `pg` counts its own (query_timeout) from when a
// command is sent: one behind others would have to pay for them too, and a COMMIT behind a long statement be given up
// although the server is at work.
import type { PoolClient } from 'pg';
import { SILENCE } from './pg-errors.ts';

export class CommandWatchdog {
  readonly #limitMs: number;
  readonly #client: PoolClient;
  /** How many commands each answer is for that is not there yet. */
  readonly #unanswered: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param limitMs for each command, in milliseconds */
  constructor(limitMs: number, client: PoolClient) {
    this.#limitMs = limitMs;
    this.#client = client;
  }

  /**
   * Call for what is sent, in order. Whatever has no answer fails when the time of one is over.
   * @param commands that are answered together
   */
  watch(answer: Promise<unknown>, commands = 1): void {
    if (this.#unanswered.push(commands) === 1) this.#start();
    const onAnswer = (): void => this.#onAnswer();
    answer.then(onAnswer, onAnswer);
  }

  #start(): void {
    this.#timer = setTimeout(() => this.#giveUp(), this.#limitMs * this.#unanswered[0]!);
  }

  #onAnswer(): void {
    clearTimeout(this.#timer);
    this.#unanswered.shift();
    // The next one can start now.
    if (this.#unanswered.length > 0) this.#start();
  }

  #giveUp(): void {
    this.#client.connection.stream.destroy(new Error(SILENCE));
  }
}
