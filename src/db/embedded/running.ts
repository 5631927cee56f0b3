// Finds the embedded server of a service that is running, for commands that may work beside it.
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { databaseUrl } from './database.ts';
import { resolveDataDir } from './data-dir.ts';
import { readPidFile } from './pid-file.ts';

/** @returns the URL of its database; null if none answers there with the password of this data directory */
export async function findRunning(dataDir: string): Promise<string | null> {
  const { cluster, password } = await resolveDataDir(dataDir);
  const file = await readPidFile(cluster);
  if (file?.ready !== true) return null;
  const url = databaseUrl(file.port, (await readFile(password, 'utf8')).trim());
  const client = new pg.Client({ connectionString: url, ssl: false, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return url;
  } catch {
    return null;
  }
}
