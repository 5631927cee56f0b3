// What every connection is opened with, whatever it is for: the parts of the URL, a name, and the session settings that this
// program's statements rely on. A role or a database may have other defaults (ALTER ROLE ... SET).
import type { ClientBase, ClientConfig, QueryConfig } from 'pg';
import { readConnectionUrl } from './connection-url.ts';

const APPLICATION = 'waybill';

/** Of a server that has just answered. */
const SET_UP_TIMEOUT_MS = 10_000;

/** Values by name. */
export type SessionSettings = Readonly<Record<string, string>>;

/** As https://www.postgresql.org/docs/current/runtime-config-client.html names them. */
export const SETTINGS: SessionSettings = {
  // `pg` reads times in ISO only, and `new Date` would take "03/04/2026" for the 4th of March.
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  // Order comes from row locks; under a stricter level a locked row that has changed is an error (docs/adr/0002).
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  idle_session_timeout: '0',
  // Compiling a plan takes longer than any of our statements.
  jit: 'off',
  // Below the time limit of a command (src/db/pools.ts). Transactions set shorter ones.
  statement_timeout: '10s',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '60s',
};

/** For migrations: the rows of a large table take as long as they take. */
export const WITHOUT_TIME_LIMIT: SessionSettings = { statement_timeout: '0', idle_in_transaction_session_timeout: '0' };

/**
 * Of sessions that hold locks: the server ends one whose machine it cannot reach, after some 5 s and not after two hours. No
 * other limit ends a transaction that is cut off in the middle of what it sends, between two statements of a group
 * (https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-TCP-SETTINGS).
 */
export const KEEPALIVES: SessionSettings = {
  tcp_keepalives_idle: '2',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '3',
};

/** @param purpose shown in pg_stat_activity.application_name, such as `waybill-reads`, or `waybill-reads (NAME)` if the URL has a name */
export function connectionConfig(url: string, purpose: string): ClientConfig {
  const { channelBinding: _, ...parts } = readConnectionUrl(url);
  const suffix = parts.application_name === undefined ? '' : ` (${parts.application_name})`;
  return { ...parts, application_name: `${APPLICATION}-${purpose}${suffix}` };
}

/**
 * Sets what the URL does not set itself. By a statement, because a pooler refuses or ignores most startup parameters.
 * PgBouncer in transaction mode keeps DateStyle, TimeZone and standard_conforming_strings for each of its clients; the others
 * hold for whichever of its connections to the server the statement went to. So what a transaction cannot do without, its
 * isolation level and its timeouts, is said again when it begins (src/db/dialect.ts, src/db/transact.ts), and the defaults
 * that single statements rely on are checked at start (src/db/pooled-sessions.ts).
 */
export async function setUpSession(client: ClientBase, url: string, more: SessionSettings = {}): Promise<void> {
  const settings = { ...SETTINGS, ...more };
  const given = settingsOf(readConnectionUrl(url));
  const names = Object.keys(settings).filter((name) => name === 'role' || !given.has(name.toLowerCase()));
  const values = names.map((name) => settings[name]);
  const text = 'select set_config(name, value, false) from unnest($1::text[], $2::text[]) as s (name, value)';
  await client.query({ text, values: [names, values], query_timeout: SET_UP_TIMEOUT_MS } as QueryConfig);
}

/** Clients whose session has had settings of its own. */
const withOwnSession = new WeakSet<ClientBase>();

export const hasOwnSession = (client: ClientBase): boolean => withOwnSession.has(client);

/**
 * Sets what may hold only for this client, unless its session is one that a pooler lends: there it would reach others, or be
 * lost. A pooler gives its clients keys of its own.
 */
export async function setUpOwnSession(client: ClientBase, settings: SessionSettings): Promise<void> {
  const { processID } = client as ClientBase & { readonly processID: number };
  const text = `select set_config(name, value, false) from unnest($1::text[], $2::text[]) as s (name, value)
    where pg_backend_pid() = $3`;
  const values = [Object.keys(settings), Object.values(settings), processID];
  const { rowCount } = await client.query({ text, values, query_timeout: SET_UP_TIMEOUT_MS } as QueryConfig);
  if (rowCount !== 0) withOwnSession.add(client);
}

/** Names of the settings in a URL, in lower case: parameters of their own, and those in `options`. */
function settingsOf({ options = '', ...parts }: ClientConfig): ReadonlySet<string> {
  const inOptions = [...options.matchAll(/(?:-c\s*|--)([\w.-]+)=/g)].map(([, name]) => name!.replaceAll('-', '_'));
  return new Set([...Object.keys(parts), ...inOptions].map((name) => name.toLowerCase()));
}
