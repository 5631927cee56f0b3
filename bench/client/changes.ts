// Changes of files at their pace, for what is watched meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../http/connection.ts';
import { type RequestSource, createSource } from '../http/requests.ts';
import { requireSuccess } from '../http/responses.ts';
import type { Pool } from '../transitions/cycle.ts';

/** In one request. */
const BULK = 10;
const CONNECTIONS = 4;

export class Changes implements Disposable {
  readonly #connections: readonly Connection[];
  readonly #source: RequestSource;

  private constructor(connections: readonly Connection[], source: RequestSource) {
    this.#connections = connections;
    this.#source = source;
  }

  /** @param pool whose size is a multiple of 10 */
  static async begin(url: string, pool: Pool): Promise<Changes> {
    const server = new URL(url);
    const source = createSource({ kind: 'transitions', pool, from: 0, bulk: BULK }, server.host);
    return new Changes(await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(server))), source);
  }

  /** Goes on where it has ended before. @returns how many a second there were */
  async send(perSecond: number, seconds: number): Promise<number> {
    const before = this.#source.moves;
    const start = performance.now();
    let sent = 0;
    const work = async (connection: Connection): Promise<void> => {
      const next = this.#source.connect();
      for (let at = sent; at < (seconds * perSecond) / BULK; at = sent) {
        sent += 1;
        const early = start + (at * BULK * 1_000) / perSecond - performance.now();
        if (early > 0) await delay(early);
        const { bytes, expect } = next();
        requireSuccess(await connection.ask(bytes), expect);
      }
    };
    await Promise.all(this.#connections.map(work));
    return (this.#source.moves - before) / ((performance.now() - start) / 1_000);
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection.close();
  }
}
