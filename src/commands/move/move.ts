// `move`: copies the embedded database of the data directory to the empty database of DATABASE_URL, in one transaction.
// The feed keeps its identity and its positions, so cursors continue to work. The embedded database is left as it is.
import type { Client } from 'pg';
import { resolveDataDir } from '../../db/embedded/data-dir.ts';
import { openDatabase } from '../../db/open-database.ts';
import { createClient } from '../../db/client.ts';
import { StartupError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { readMajorOf } from '../backup/stopped-database.ts';
import type { CommandContext } from '../command.ts';
import { copySequences, copyTable, digestOf } from './copy-table.ts';
import { refuseOccupied } from './refuse-occupied.ts';
import { type Table, readTables } from './tables.ts';

/** @throws StartupError MOVE_FAILED, DATA_DIR_IN_USE, and what a start throws */
export async function move({ config, log, args }: CommandContext): Promise<void> {
  if (args.length > 0) throw failed('it takes no arguments');
  if (config.databaseUrl === null) throw failed('set DATABASE_URL to the database that is to hold the data');
  const dir = await resolveDataDir(config.dataDir);
  if ((await readMajorOf(dir)) === null)
    throw failed(`there is no embedded database in ${dir.root} (WAYBILL_DATA_DIR)`);
  // Both are migrated by this: from here on their tables are the same.
  const target = await openDatabase(config, log);
  const source = await openDatabase({ ...config, databaseUrl: null }, log);
  try {
    const from = await connect(source.url);
    const to = await connect(config.directDatabaseUrl ?? target.url).catch(async (error: unknown) => {
      await from.end();
      throw error;
    });
    try {
      await copy(from, to, log);
    } finally {
      await Promise.all([from.end(), to.end()]);
    }
  } finally {
    await source.embedded?.stop();
  }
}

async function copy(from: Client, to: Client, log: Logger): Promise<void> {
  await from.query('begin isolation level repeatable read');
  const tables = await readTables(from);
  await refuseOccupied(from, to, tables);
  await to.query('begin');
  await to.query(`lock table ${namesOf(tables)} in access exclusive mode`);
  await to.query('set constraints all deferred');
  await to.query(`truncate ${namesOf(tables)}`);
  // What a trigger would write is copied like every other row.
  await setTriggers(to, tables, 'disable');
  for (const table of tables) {
    const rows = await copyTable(from, to, table);
    await copySequences(from, to, table);
    log.info({ table: table.name, rows }, 'copied');
  }
  for (const table of tables) {
    const [there, here] = await Promise.all([digestOf(from, table), digestOf(to, table)]);
    if (there !== here) throw failed(`the copy of ${table.name} differs (${there}, ${here}); nothing was moved`);
  }
  // A table with checks that are still due cannot be altered.
  await to.query('set constraints all immediate');
  await setTriggers(to, tables, 'enable');
  await to.query('commit');
  // Without statistics the first plans could be bad ones.
  await to.query('analyze');
  process.stdout.write(`${tables.length} tables are moved. The embedded database is as it was; nothing uses it now.\n`);
}

async function connect(url: string): Promise<Client> {
  const client = createClient(url, 'command');
  client.on('error', () => undefined);
  await client.connect();
  // What a row looks like as text depends on these; the digests of both servers are compared.
  await client.query(
    `select set_config(name, value, false) from (values ('DateStyle', 'ISO, MDY'), ('TimeZone', 'UTC'),
      ('IntervalStyle', 'postgres'), ('bytea_output', 'hex'), ('extra_float_digits', '1'), ('lock_timeout', '10s'),
      ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0')) as s (name, value)`,
  );
  return client;
}

async function setTriggers(to: Client, tables: readonly Table[], action: 'enable' | 'disable'): Promise<void> {
  for (const { name } of tables) await to.query(`alter table "${name}" ${action} trigger user`);
}

const namesOf = (tables: readonly Table[]): string => tables.map(({ name }) => `"${name}"`).join(', ');

const failed = (problem: string): StartupError => new StartupError('MOVE_FAILED', `move: ${problem}`);
