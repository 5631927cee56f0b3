// From the configuration to a database that is reachable, suitable and migrated: the one of DATABASE_URL, or an embedded
// one.
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { EmbeddedServer } from './embedded/start.ts';
import { prepareRole, readUser } from './database-role.ts';
import { readConnectionUrl } from './connection-url.ts';
import { migrate, requireMigrated } from './migrate.ts';
import { createOrm } from './orm.ts';
import { requireUsablePooler } from './pooled-sessions.ts';
import { WITHOUT_TIME_LIMIT } from './session.ts';
import { requireSuitable } from './suitability.ts';

export interface OpenDatabase {
  readonly url: string;
  /** Which pools act as; null: as the user of `url`. */
  readonly role: string | null;
  /** Null with DATABASE_URL. */
  readonly embedded: EmbeddedServer | null;
}

type Settings = Pick<
  Config,
  'databaseUrl' | 'directDatabaseUrl' | 'databaseRole' | 'dataDir' | 'allowUnsafeDurability'
>;

/** @throws StartupError */
export async function openDatabase(settings: Settings, log: Logger): Promise<OpenDatabase> {
  if (settings.databaseUrl !== null) readConnectionUrl(settings.databaseUrl, 'DATABASE_URL');
  if (settings.directDatabaseUrl !== null) readConnectionUrl(settings.directDatabaseUrl, 'WAYBILL_DIRECT_DATABASE_URL');
  const embedded = settings.databaseUrl === null ? await startEmbeddedServer(settings.dataDir, log) : null;
  try {
    const url = settings.databaseUrl ?? embedded!.url;
    const directUrl = (settings.databaseUrl === null ? null : settings.directDatabaseUrl) ?? url;
    await requireSuitable(directUrl, settings.allowUnsafeDurability, log);
    const { databaseRole: role } = settings;
    if (role !== null && (await readUser(directUrl)) === role) await requireMigrated(directUrl, log);
    else await migrateOnce(directUrl, log);
    if (role !== null) await prepareRole(directUrl, role);
    if (embedded === null) await requireUsablePooler(url, directUrl, role);
    return { url, role, embedded };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

async function startEmbeddedServer(dataDir: string, log: Logger): Promise<EmbeddedServer> {
  // Loaded only here: with DATABASE_URL the optional package need not be installed.
  const { startEmbedded } = await import('./embedded/start.ts');
  return await startEmbedded({ dataDir, log });
}

async function migrateOnce(url: string, log: Logger): Promise<void> {
  const orm = createOrm({ url, name: 'migrate', max: 2, session: WITHOUT_TIME_LIMIT });
  try {
    await migrate(orm, url, log);
  } finally {
    await orm.close();
  }
}

/** Resolves with a reason if the embedded server ends without having been asked to. */
export async function brokenBy({ embedded }: OpenDatabase): Promise<string> {
  const exit = await (embedded?.exited ?? new Promise<never>(() => undefined));
  if (exit.expected) return await new Promise<never>(() => undefined);
  return `the embedded PostgreSQL server has ended (${exit.signal ?? `code ${exit.code}`})`;
}
