// A database for one side of a bench, cloned from the migrated template and dropped after use.
import pg from 'pg';
import { onBreakOff } from './break-off.ts';

const withName = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;

export class Database implements AsyncDisposable {
  readonly url: string;
  readonly #template: string;
  readonly #name: string;
  readonly #client: pg.Client;
  readonly #over: () => void;

  private constructor(template: string, name: string) {
    this.#template = template;
    this.#name = name;
    this.url = withName(template, name);
    this.#client = new pg.Client({ connectionString: this.url, application_name: 'bench' });
    // Without a listener, a connection that breaks when the run does is an uncaught exception.
    this.#client.on('error', () => undefined);
    // With a query under way this cuts the connection.
    this.#over = onBreakOff(() => void this.#client.end());
  }

  static async create(template: string, name: string): Promise<Database> {
    await onServer(template, `create database ${name} template ${new URL(template).pathname.slice(1)}`);
    const database = new Database(template, name);
    await database.#client.connect();
    return database;
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(sql, [...values])).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over();
    await this.#client.end();
    await onServer(this.#template, `drop database if exists ${this.#name} with (force)`);
  }
}

async function onServer(template: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: withName(template, 'postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
