// Makes the byte store of the settings the one of the database: for a store that was moved.
import { openDatabase } from '../db/open-database.ts';
import { openPool } from '../db/pool.ts';
import { nameStore, openByteStore } from '../uploads/store/open-store.ts';
import { adopt } from '../uploads/store/start-store.ts';
import type { CommandContext } from './command.ts';

export async function adoptStore({ config, log }: CommandContext): Promise<void> {
  const { url, role, embedded } = await openDatabase(config, log);
  const pool = openPool({ url, role, name: 'adopt-store', max: 1, preparedStatements: config.preparedStatements });
  try {
    const store = await openByteStore(config);
    try {
      await adopt(store, nameStore(config), pool, log);
    } finally {
      await store.close();
    }
  } finally {
    await pool.end();
    await embedded?.stop();
  }
}
