// Creates the database inside the server, which also proves that the server answers.
import pg from 'pg';

export const ROLE = 'waybill';
const DATABASE = 'waybill';

const serverUrl = (port: number, password: string): string => `postgres://${ROLE}:${password}@127.0.0.1:${port}`;

export const databaseUrl = (port: number, password: string): string => `${serverUrl(port, password)}/${DATABASE}`;

/** Returns the URL of the database, created if missing. */
export async function ensureDatabase(port: number, password: string): Promise<string> {
  const server = serverUrl(port, password);
  const client = new pg.Client({ connectionString: `${server}/postgres`, ssl: false, connectionTimeoutMillis: 10_000 });
  // Without a listener a connection that breaks is an uncaught exception; the query that was under way fails as well.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
  return databaseUrl(port, password);
}
