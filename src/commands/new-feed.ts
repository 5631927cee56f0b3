// `new-feed`: gives the feed a new identity after its database went back in time. Cursors from later than the backup name
// positions that will be assigned again, to other changes. With a new identity they are refused with INVALID_CURSOR, and
// their holders begin again from a list.
import { openDatabase } from '../db/open-database.ts';
import { createClient } from '../db/client.ts';
import { setUpSession } from '../db/session.ts';
import type { CommandContext } from './command.ts';

export async function newFeed({ config, log }: CommandContext): Promise<void> {
  const { url, embedded } = await openDatabase(config, log);
  try {
    await renewFeed(config.directDatabaseUrl ?? url);
  } finally {
    await embedded?.stop();
  }
  process.stdout.write('The feed has a new identity: cursors from before are refused with INVALID_CURSOR.\n');
}

/** Replicas that run now keep the old identity until they are restarted. */
export async function renewFeed(url: string): Promise<void> {
  const client = createClient(url, 'command');
  client.on('error', () => undefined);
  try {
    await client.connect();
    await setUpSession(client, url);
    await client.query('update feed_head set feed_id = gen_random_uuid()');
  } finally {
    await client.end();
  }
}
