// Refuses a server that could lose what was acknowledged, before anything is written to it.
import { StartupError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { describeConnectionError } from './connection-errors.ts';
import { createClient } from './client.ts';
import { setUpSession } from './session.ts';

const OLDEST_VERSION = 150_000;
const DURABILITY_SETTINGS = ['fsync', 'full_page_writes', 'synchronous_commit'];

interface Settings {
  readonly server_version_num: string;
  readonly [name: string]: string;
}

async function readSettings(url: string): Promise<Settings> {
  const client = createClient(url, 'start');
  // Without a listener a connection killed at the wrong moment is an uncaught exception.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await setUpSession(client, url);
    const names = ['server_version_num', ...DURABILITY_SETTINGS];
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1)',
      [names],
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting])) as unknown as Settings;
  } catch (error) {
    const reason = describeConnectionError(error);
    throw new StartupError('DATABASE_UNREACHABLE', `cannot reach the database of DATABASE_URL: ${reason}`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Checks version and durability of the server behind `url`.
 * @throws StartupError DATABASE_UNREACHABLE, DATABASE_UNSUITABLE
 */
export async function requireSuitable(url: string, allowUnsafe: boolean, log: Logger): Promise<void> {
  const settings = await readSettings(url);
  if (Number(settings.server_version_num) < OLDEST_VERSION) {
    throw new StartupError(
      'DATABASE_UNSUITABLE',
      `PostgreSQL 15 or newer is needed; this server says server_version_num ${settings.server_version_num}`,
    );
  }
  const off = DURABILITY_SETTINGS.filter((name) => settings[name] === 'off');
  if (off.length === 0) return;
  if (!allowUnsafe) {
    throw new StartupError(
      'DATABASE_UNSUITABLE',
      `the PostgreSQL server has ${off.join(', ')} off: it could lose what was acknowledged. Switch it on, or set ` +
        'WAYBILL_UNSAFE_DURABILITY=allow to run without that promise',
    );
  }
  log.warn({ off }, 'the server may lose acknowledged changes: WAYBILL_UNSAFE_DURABILITY=allow');
}
