// The baseline of transitions: the same statements by pgbench, or over bare `pg` if it is not installed. It has its own
// database on the same server: otherwise Waybill would sequence the rows it leaves behind.
import type { Testbed } from '../host/testbed.ts';
import { Worker } from '../workers/worker.ts';
import type { BareLoopCalls } from './bare-loop.ts';
import type { Pool } from './cycle.ts';
import { registerFiles } from './files.ts';
import { findPgbench, runPgbench, writeScript } from './pgbench.ts';

const POOL: Pool = { first: 1, size: 10_000 };

export class Baseline implements AsyncDisposable {
  readonly name: string;
  readonly #run: (clients: number) => Promise<number>;
  readonly #owned: AsyncDisposableStack;

  private constructor(name: string, run: (clients: number) => Promise<number>, owned: AsyncDisposableStack) {
    this.name = name;
    this.#run = run;
    this.#owned = owned;
  }

  static async open(testbed: Testbed): Promise<Baseline> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await testbed.createDatabase('baseline'));
    await registerFiles(database, POOL);
    const { seconds } = testbed;
    const binary = findPgbench();
    if (binary === null) {
      const worker = stack.use(new Worker<BareLoopCalls>('transitions/bare-loop.ts'));
      const run = (clients: number): Promise<number> =>
        worker.call('run', { url: database.url, pool: POOL, clients, seconds });
      return new Baseline('bare pg', run, stack.move());
    }
    const script = await writeScript(await testbed.makeDirectory('pgbench'));
    const run = (clients: number): Promise<number> =>
      runPgbench({ binary, script, database, pool: POOL, clients, seconds });
    return new Baseline('pgbench', run, stack.move());
  }

  /** @returns transitions a second */
  run(clients: number): Promise<number> {
    return this.#run(clients);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
