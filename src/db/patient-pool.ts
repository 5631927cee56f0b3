// A pool that makes do with the connections it is granted. A role, a database or a server may allow fewer than the pool may
// open (small plans of hosts: 10 to 20); a request then waits for one of those that are open, as it would in a full pool.
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { isConnectionRefused } from './pg-errors.ts';

const PAUSE_MS = 100;
// How long the pool stays as small as the server has made it before it tries to grow again.
const SMALL_FOR_MS = 30_000;

type Callback = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (release?: unknown) => void,
) => void;

/** @param granted connections that are open; @param wanted the pool's size */
export type OnShrunk = (granted: number, wanted: number) => void;

export class PatientPool extends Pool {
  readonly #onShrunk: OnShrunk;
  readonly #wanted: number;
  #growth: NodeJS.Timeout | undefined;

  constructor(config: PoolConfig, onShrunk: OnShrunk = () => undefined) {
    super(config);
    this.#onShrunk = onShrunk;
    this.#wanted = this.options.max;
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<PoolClient> | void {
    const connected = this.#connect();
    if (callback === undefined) return connected;
    // By a promise, so that the callback runs in the scope of whoever asked (src/db/scope.ts). `pg-pool` itself calls it in that
    // of whoever gives the connection back.
    connected.then(
      (client) => callback(undefined, client, client.release.bind(client) as (release?: unknown) => void),
      (error: Error) => callback(error, undefined, () => undefined),
    );
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | void {
    clearTimeout(this.#growth);
    return callback === undefined ? super.end() : super.end(callback);
  }

  /** @throws the server's refusal (SQLSTATE 53300) when it lasts for as long as a request may wait for a connection */
  async #connect(): Promise<PoolClient> {
    const deadline = performance.now() + (this.options.connectionTimeoutMillis ?? 0);
    for (;;) {
      try {
        return await super.connect();
      } catch (error) {
        if (!isConnectionRefused(error) || performance.now() > deadline || this.ending) throw error;
        this.#shrink();
      }
      await sleep(PAUSE_MS);
    }
  }

  /** Of several refusals at once each takes one more away: those that still connect are counted as open. */
  #shrink(): void {
    const granted = this.totalCount;
    if (granted === 0 || granted >= this.options.max) return;
    this.options.max = granted;
    if (this.#growth !== undefined) return;
    this.#onShrunk(granted, this.#wanted);
    this.#growth = setTimeout(() => {
      this.options.max = this.#wanted;
      this.#growth = undefined;
    }, SMALL_FOR_MS).unref();
  }
}
