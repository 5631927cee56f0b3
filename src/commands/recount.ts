// Corrects the counts behind fileCounts from the rows.
import { openDatabase } from '../db/open-database.ts';
import { createOrm } from '../db/orm.ts';
import { WITHOUT_TIME_LIMIT } from '../db/session.ts';
import { recountFiles } from '../lifecycle/recount.ts';
import type { CommandContext } from './command.ts';

export async function recount({ config, log }: CommandContext): Promise<void> {
  const { url, role, embedded } = await openDatabase(config, log);
  const session = WITHOUT_TIME_LIMIT;
  const orm = createOrm({ url: config.directDatabaseUrl ?? url, role, name: 'recount', max: 1, session });
  try {
    await recountFiles(orm, log);
  } finally {
    await orm.close();
    await embedded?.stop();
  }
}
