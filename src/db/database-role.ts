// The role that the program acts as (WAYBILL_DATABASE_ROLE): what it must not be, and what it is granted. Row-level security
// holds for every role but superusers, those with BYPASSRLS, and owners of the tables
// (https://www.postgresql.org/docs/current/ddl-rowsecurity.html).
import { type Client, escapeIdentifier } from 'pg';
import { StartupError } from '../errors.ts';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import { createClient } from './client.ts';
import { describeConnectionError } from './connection-errors.ts';
import { setUpSession } from './session.ts';

/** Kept by the migrator; the role reads it only. */
const MIGRATIONS = 'migration';
const ALL = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

const OURS = `select c.oid, c.relname::text as name, c.relkind, c.relowner from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'S')
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;

/** From 16 on, whoever creates a role is its member, and may not act as it until that is granted too. */
const CAN_SET = `case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end`;

/** `owner`, `mighty`: roles that it can act as. */
const ROLE = `select rolsuper, rolbypassrls, session_user as user, pg_has_role(session_user, oid, ${CAN_SET}) as settable,
    (select min(pg_get_userbyid(relowner)::text) from (${OURS}) ours where pg_has_role(r.oid, relowner, 'MEMBER')) as owner,
    (select min(rolname::text) from pg_roles m where (rolsuper or rolbypassrls) and m.oid <> r.oid
      and pg_has_role(r.oid, m.oid, 'MEMBER')) as mighty
  from pg_roles r where rolname = $1`;

interface Found {
  readonly rolsuper: boolean;
  readonly rolbypassrls: boolean;
  readonly user: string;
  readonly settable: boolean;
  readonly owner: string | null;
  readonly mighty: string | null;
}

// CASE, because the functions fail for what is not of their kind, in whichever order conditions are looked at.
const MISSING = `
  select 'USAGE' as privilege, 'SCHEMA' as kind, current_schema()::text as name
    where not has_schema_privilege($1, current_schema(), 'USAGE')
  union all
  select privilege, 'TABLE', name from (${OURS}) ours, unnest($2::text[]) as privilege
    where case relkind when 'r' then (name <> '${MIGRATIONS}' or privilege = 'SELECT')
      and not has_table_privilege($1, oid, privilege) end
  union all
  select 'USAGE', 'SEQUENCE', name from (${OURS}) ours
    where case relkind when 'S' then name not like '${MIGRATIONS}%' and not has_sequence_privilege($1, oid, 'USAGE') end`;

interface Privilege {
  readonly privilege: string;
  readonly kind: string;
  readonly name: string;
}

/** @throws StartupError DATABASE_UNREACHABLE */
export async function readUser(url: string): Promise<string> {
  return await usingClient(url, async (client) => {
    const { rows } = await client.query<{ user: string }>('select session_user as user');
    return rows[0]!.user;
  });
}

/**
 * Checks the role, and grants it what it lacks; if the user of the URL is the role itself, it must have been granted before.
 * @param url a direct connection to the migrated database
 * @throws StartupError DATABASE_UNSUITABLE, DATABASE_UNREACHABLE
 */
export async function prepareRole(url: string, role: string): Promise<void> {
  await usingClient(url, async (client) => {
    const { rows } = await client.query<Found>(ROLE, [role]);
    const fault = faultOf(role, rows[0]);
    if (fault !== null)
      throw new StartupError('DATABASE_UNSUITABLE', `WAYBILL_DATABASE_ROLE holds "${role}", ${fault}`);
    await grant(client, role, rows[0]!.user);
  });
}

function faultOf(role: string, found: Found | undefined): string | null {
  const name = escapeIdentifier(role);
  if (found === undefined) return `but there is no such role: CREATE ROLE ${name} NOLOGIN`;
  const { rolsuper, rolbypassrls, owner, mighty, settable, user } = found;
  if (rolsuper) return `a superuser, who sees the rows of every tenant: ALTER ROLE ${name} NOSUPERUSER`;
  if (rolbypassrls) return `which sees the rows of every tenant: ALTER ROLE ${name} NOBYPASSRLS`;
  if (owner === role) {
    return `the owner of the tables, who sees the rows of every tenant: CREATE ROLE waybill_app NOLOGIN, and name that one`;
  }
  const group = owner ?? mighty;
  if (group !== null) {
    return `which can act as "${group}", who sees the rows of every tenant: REVOKE ${escapeIdentifier(group)} FROM ${name}`;
  }
  if (!settable) return `which the user "${user}" may not act as: GRANT ${name} TO ${escapeIdentifier(user)}`;
  return null;
}

/** Replicas that start together take turns: two GRANTs on one table at once are an error. */
async function grant(client: Client, role: string, user: string): Promise<void> {
  await client.query('begin isolation level read committed');
  await client.query(`select pg_advisory_xact_lock(${ADVISORY_LOCKS.migrate})`);
  const missing = await findMissing(client, role);
  if (missing.length > 0 && user !== role) {
    for (const each of missing) await client.query(printGrant(each, role));
  }
  const left = missing.length === 0 ? [] : await findMissing(client, role);
  await client.query('commit');
  if (left.length === 0) return;
  throw new StartupError(
    'DATABASE_UNSUITABLE',
    `WAYBILL_DATABASE_ROLE holds "${role}", which lacks privileges: as the owner of the tables, run "npm run migrate" ` +
      `with the same WAYBILL_DATABASE_ROLE, or ${left.map((each) => printGrant(each, role)).join('; ')}`,
  );
}

async function findMissing(client: Client, role: string): Promise<Privilege[]> {
  return (await client.query<Privilege>(MISSING, [role, ALL])).rows;
}

const printGrant = ({ privilege, kind, name }: Privilege, role: string): string =>
  `GRANT ${privilege} ON ${kind} ${escapeIdentifier(name)} TO ${escapeIdentifier(role)}`;

async function usingClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = createClient(url, 'start');
  client.on('error', () => undefined);
  try {
    await client.connect();
    await setUpSession(client, url);
    return await work(client);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = `cannot prepare WAYBILL_DATABASE_ROLE: ${describeConnectionError(error)}`;
    throw new StartupError('DATABASE_UNSUITABLE', reason, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}
