// From the configuration to a database that is there, suitable and migrated: the one of DATABASE_URL, or our own.
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { EmbeddedServer } from './embedded/start.ts';
import { migrate } from './migrate.ts';
import { createOrm } from './orm.ts';
import { requireSuitable } from './suitability.ts';

export interface OpenDatabase {
  readonly url: string;
  /** Null with DATABASE_URL. */
  readonly embedded: EmbeddedServer | null;
}

type Settings = Pick<Config, 'databaseUrl' | 'dataDir' | 'allowUnsafeDurability'>;

/** @throws StartupError */
export async function openDatabase(settings: Settings, log: Logger): Promise<OpenDatabase> {
  const embedded = settings.databaseUrl === null ? await startEmbeddedServer(settings.dataDir, log) : null;
  try {
    const url = settings.databaseUrl ?? embedded!.url;
    await requireSuitable(url, settings.allowUnsafeDurability, log);
    await migrateOnce(url, log);
    return { url, embedded };
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
  const orm = createOrm({ url, name: 'migrate', max: 2 });
  try {
    await migrate(orm, url, log);
  } finally {
    await orm.close();
  }
}
