// Checks at start what a pooler in transaction mode does to the session: each transaction may get another of its connections
// to the server, on which what this program has set is unknown. PgBouncer keeps DateStyle, TimeZone and
// standard_conforming_strings for each client; for what else statements outside of a transaction rely on, the defaults of the
// role and the database have to be right, or the start is refused.
import type { Client, QueryConfig } from 'pg';
import { StartupError } from '../errors.ts';
import { createClient } from './client.ts';
import { describeConnectionError } from './connection-errors.ts';
import { codeOf, isSilence } from './pg-errors.ts';
import { SETTINGS } from './session.ts';

/** Sessions that keep a pooler's connections busy while another one asks again. */
const HELD = 3;
/** Only in transaction mode a session waits here, for a connection that another one holds: fewer hold some then. */
const WAIT_MS = 2_000;

/** What single statements rely on: order under row locks, and how times and texts are read. */
const NEEDED = ['default_transaction_isolation', 'DateStyle', 'TimeZone', 'standard_conforming_strings'] as const;
type Needed = (typeof NEEDED)[number];

/** What shows whether the session is the same: one that a pooler keeps, and one that none does. */
const MARK = { DateStyle: 'ISO, YMD', 'waybill.mark': 'set' };

interface Found {
  readonly mark: string | null;
  readonly style: string;
  readonly user: string;
  /** What a session begins with, by name. */
  readonly defaults: Readonly<Record<string, string>>;
}

/** Of a copied database everything but the last two may be the same. */
const WHICH = `select concat_ws(' ', feed_id, 'feed_head'::regclass::oid,
    (select oid from pg_database where datname = current_database()), extract(epoch from pg_postmaster_start_time())) as id
  from feed_head`;

const UNDEFINED_TABLE = '42P01';

const ASK = {
  text: `select current_setting('waybill.mark', true) as mark, current_setting('DateStyle') as style, session_user as user,
      (select json_object_agg(name, reset_val) from pg_settings where name = any($1)) as defaults`,
  values: [NEEDED],
};

/**
 * @param url may lead to a pooler
 * @param directUrl to the same database, not through one
 * @param role which the pools act as; null: as the user of `url`
 * @throws StartupError DATABASE_UNSUITABLE, DATABASE_UNREACHABLE
 */
export async function requireUsablePooler(url: string, directUrl: string, role: string | null = null): Promise<void> {
  if (url !== directUrl) await requireSameTables(url, directUrl);
  const found = await usingClient(url, (client) => findElsewhere(client, url));
  if (found === null) return;
  if (role !== null && found.user !== role) throw poolerForgets(role, found.user);
  const wrong = wrongDefaultsOf(found);
  if (wrong.length === 0) return;
  const cures = wrong.map(([name, value]) => `SET ${name} = '${SETTINGS[name]}' (it is '${value}')`);
  throw new StartupError(
    'DATABASE_UNSUITABLE',
    'DATABASE_URL leads to a pooler in transaction mode, where the defaults of the role hold, and not what Waybill sets for ' +
      `its sessions: ALTER ROLE … ${cures.join(', ')}, then have the pooler reconnect; or use session mode`,
  );
}

async function requireSameTables(url: string, directUrl: string): Promise<void> {
  const [one, other] = [await usingClient(url, readWhich), await usingClient(directUrl, readWhich)];
  if (one === other) return;
  throw new StartupError(
    'DATABASE_UNSUITABLE',
    'DATABASE_URL and WAYBILL_DIRECT_DATABASE_URL do not lead to the same tables: compare their databases, and their ' +
      'search_path (a pooler may ignore the one in "options"; ALTER ROLE … SET search_path holds for both)',
  );
}

/** Null: there are no tables of ours. */
async function readWhich(client: Client): Promise<string | null> {
  try {
    return (await client.query<{ id: string }>(WHICH)).rows[0]?.id ?? null;
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return null;
    throw error;
  }
}

/** @throws StartupError DATABASE_UNREACHABLE */
async function usingClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = createClient(url, 'start');
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    const reason = `cannot reach the database of DATABASE_URL: ${describeConnectionError(error)}`;
    throw new StartupError('DATABASE_UNREACHABLE', reason, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** SET ROLE would hold for whoever gets the server connection next, and not for us. */
const poolerForgets = (role: string, user: string): StartupError =>
  new StartupError(
    'DATABASE_UNSUITABLE',
    `DATABASE_URL leads to a pooler in transaction mode, which does not keep the role that a session takes on, and its user ` +
      `is "${user}": let WAYBILL_DATABASE_ROLE sign in itself (ALTER ROLE "${role}" LOGIN PASSWORD …), name it in ` +
      'DATABASE_URL, and the owner of the tables in WAYBILL_DIRECT_DATABASE_URL',
  );

/** What the same client finds on another connection of a pooler in transaction mode; null: its session is its own. */
async function findElsewhere(client: Client, url: string): Promise<Found | null> {
  const { rows: pids } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  // A pooler gives its clients keys of its own.
  if ((client as Client & { processID: number }).processID === pids[0]!.pid) return null;
  await mark(client);
  for (let held = HELD; held > 0; held -= 1) {
    const found = await askBeside(held, client, url);
    if (found !== null) return found.mark === MARK['waybill.mark'] ? null : found;
  }
  // It has one for all. What is set holds there, until the pooler opens a new one.
  return await ask(client);
}

function wrongDefaultsOf(found: Found): [Needed, string][] {
  return NEEDED.flatMap((name): [Needed, string][] => {
    const value = found.defaults[name]!;
    const isKept = name !== 'default_transaction_isolation' && found.style === MARK.DateStyle;
    return isKept || value === SETTINGS[name] || (name === 'DateStyle' && value.startsWith('ISO'))
      ? []
      : [[name, value]];
  });
}

async function mark(client: Client): Promise<void> {
  const set = Object.entries(MARK).map(([name, value]) => `set_config('${name}', '${value}', false)`);
  await client.query(`select ${set.join()}`);
}

/** Asks while others hold the connections that the pooler used last. Null: it has no other. */
async function askBeside(held: number, client: Client, url: string): Promise<Found | null> {
  const holders = Array.from({ length: held }, () => createClient(url, 'start', { query_timeout: WAIT_MS }));
  try {
    await Promise.allSettled(holders.map((holder) => hold(holder)));
    return await ask(client);
  } catch (error) {
    if (isSilence(error)) return null;
    throw error;
  } finally {
    await Promise.allSettled(holders.map((holder) => holder.end()));
  }
}

async function ask(client: Client): Promise<Found> {
  const { rows } = await client.query<Found>({ ...ASK, query_timeout: WAIT_MS } as QueryConfig);
  return rows[0]!;
}

async function hold(holder: Client): Promise<void> {
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query('begin');
}
