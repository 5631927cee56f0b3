// Counts what is open: this process's timers, sockets and handles, and the connections that PostgreSQL sees. What is
// left after a candidate's criteria has leaked.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** By kind. */
export type OpenResources = ReadonlyMap<string, number>;

export const totalOf = (open: OpenResources): number => [...open.values()].reduce((sum, count) => sum + count, 0);

const CLOSED_WITHIN_MS = 20_000;

export class ResourceCounter {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async connect(url: string): Promise<ResourceCounter> {
    const client = new pg.Client({ connectionString: url, application_name: 'evidence-counter' });
    client.on('error', () => undefined);
    await client.connect();
    return new ResourceCounter(client);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async count(): Promise<OpenResources> {
    const { rows } = await this.#client.query<{ name: string }>(
      `select application_name as name from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    const open = [...process.getActiveResourcesInfo(), ...rows.map(({ name }) => `connection ${name}`)];
    const kinds = Map.groupBy(open, (kind) => kind);
    return new Map([...kinds].map(([kind, { length }]) => [kind, length]));
  }

  /** What is open beyond `before` and stays so; closing takes a moment on both sides. */
  async leaksSince(before: OpenResources, patienceMs = CLOSED_WITHIN_MS): Promise<string[]> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const more = [...(await this.count())]
        .map(([kind, count]) => ({ kind, extra: count - (before.get(kind) ?? 0) }))
        .filter(({ extra }) => extra > 0);
      if (more.length === 0 || performance.now() >= deadline)
        return more.map(({ kind, extra }) => `${extra} more ${kind}`);
      await sleep(20);
    }
  }
}
