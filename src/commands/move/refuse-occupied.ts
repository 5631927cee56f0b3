// Refuses a database that holds anything, or that a service uses.
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, escapeIdentifier } from 'pg';
import { StartupError } from '../../errors.ts';
import type { Table } from './tables.ts';

/** Rows that the migrations and the first start make. */
const MADE_AT_START = ['feed_head', 'feed_position', 'signing_secret', 'store_identity', 'webhook_sender'];
// Our own connections of the migration may take a moment to be gone.
const PATIENCE_MS = 5_000;
const POLL_MS = 100;

/** @throws StartupError MOVE_FAILED */
export async function refuseOccupied(from: Client, to: Client, tables: readonly Table[]): Promise<void> {
  if ((await feedOf(from)) === (await feedOf(to))) throw failed('it holds this data already: it was moved before');
  for (const { name } of tables) {
    if (MADE_AT_START.includes(name)) continue;
    const { rows } = await to.query(`select from ${escapeIdentifier(name)} limit 1`);
    if (rows.length > 0) throw failed(`its table ${name} is not empty`);
  }
  if (await isInUse(to)) throw failed('a Waybill runs on it: stop that first');
}

async function feedOf(client: Client): Promise<string | undefined> {
  return (await client.query<{ feed_id: string }>('select feed_id from feed_head')).rows[0]?.feed_id;
}

async function isInUse(client: Client): Promise<boolean> {
  const sessions = `select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like 'waybill-%'`;
  for (const patience = AbortSignal.timeout(PATIENCE_MS); ;) {
    if ((await client.query(sessions)).rows.length === 0) return false;
    if (patience.aborted) return true;
    await delay(POLL_MS);
  }
}

const failed = (problem: string): StartupError =>
  new StartupError('MOVE_FAILED', `move: the database of DATABASE_URL must be empty, but ${problem}`);
