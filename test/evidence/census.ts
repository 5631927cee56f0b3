// What is open: this process's timers, sockets and handles, and the connections the database sees. Taken before
// and after an engine's whole trial, the difference is what leaked.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export type Census = ReadonlyMap<string, number>;

const GONE_WITHIN_MS = 20_000;
const PAUSE_MS = 20;

export class Observer {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async connect(url: string): Promise<Observer> {
    const client = new pg.Client({ connectionString: url, application_name: 'evidence-census' });
    client.on('error', () => undefined);
    await client.connect();
    return new Observer(client);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async count(): Promise<Census> {
    const { rows } = await this.#client.query<{ name: string }>(
      `select application_name as name from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    const open = [...process.getActiveResourcesInfo(), ...rows.map(({ name }) => `connection ${name}`)];
    const kinds = Map.groupBy(open, (kind) => kind);
    return new Map([...kinds].map(([kind, { length }]) => [kind, length]));
  }

  /** What is open beyond `before`. Closing takes a moment on both sides: only what stays is a leak. */
  async leaksSince(before: Census, patienceMs = GONE_WITHIN_MS): Promise<string[]> {
    for (let waited = 0; ; waited += PAUSE_MS) {
      const now = await this.count();
      const more = [...now].filter(([kind, count]) => count > (before.get(kind) ?? 0));
      if (more.length === 0 || waited >= patienceMs) {
        return more.map(([kind, count]) => `${count - (before.get(kind) ?? 0)} more ${kind}`);
      }
      await sleep(PAUSE_MS);
    }
  }
}
