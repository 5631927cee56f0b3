// Runs the migrations.
import { openDatabase } from '../db/open-database.ts';
import type { CommandContext } from './command.ts';

export async function migrate({ config, log }: CommandContext): Promise<void> {
  const { embedded } = await openDatabase(config, log);
  await embedded?.stop();
}
