// The rows of API keys.
import type { Pool } from 'pg';
import { TENANT_LOCKS } from '../../db/advisory-locks.ts';
import type { Role } from '../../config-auth.ts';
import { PLANNER_SETTINGS } from '../../db/planner.ts';
import { asService, asTenant } from '../../db/scope.ts';

export interface ApiKeyRecord {
  /** UUID. */
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly digest: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly isRevoked: boolean;
}

export interface NewKey extends Pick<ApiKeyRecord, 'id' | 'tenant' | 'name' | 'roles' | 'digest' | 'expiresAt'> {
  readonly createdBy: string;
}

/** Strictly between the bounds; from the end, oldest first. */
export interface KeyPage {
  readonly after: string | null;
  readonly before: string | null;
  readonly limit: number;
  readonly fromEnd: boolean;
}

interface Row {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly roles: string;
  readonly digest: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const COLUMNS = 'id, tenant, name, roles, digest, created_at, expires_at, last_used_at, revoked_at';

const INSERT = `
  insert into api_key (id, tenant, name, roles, digest, created_by, expires_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, now()) returning ${COLUMNS}`;

const FIND_ALL = `
  select ${COLUMNS} from api_key where id = any ($2::uuid[]) and tenant is not distinct from $1 and revoked_at is null`;

const REVOKE = `
  update api_key set revoked_at = now() where id = $2 and tenant is not distinct from $1 and revoked_at is null`;

// A lookup that can only run once for each (db/planner.ts).
const FIND_ENDED = `
  select wanted.id from unnest($1::uuid[]) as wanted (id)
  left join lateral (
    select true as works from api_key k
    where k.id = wanted.id and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) limit 1
  ) as found on true
  where found.works is null`;

// Measured on the last use itself: however many replicas see the key used, the row is written once a minute.
const TOUCH = `
  update api_key set last_used_at = now()
  where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`;

const LOCK = `select pg_advisory_xact_lock(${TENANT_LOCKS.apiKeys}, hashtext($1)), ${PLANNER_SETTINGS}`;

/**
 * Keys of a tenant that no longer work, of which the newest are kept. Without a bound, whoever makes and revokes keys without
 * end makes the statements over them slow, on connections that others need: with 100,000 a new key took 0.3 s.
 */
const MAX_DEAD = 1_000;
const MOST_REMOVED = 1_000;

/** Those that work, and no more than are asked for; and removes some of those that do not, if there are too many. */
const COUNT = `with removed as (
    delete from api_key where id = any (array(
      select id from api_key where tenant = $1 and (revoked_at is not null or expires_at <= now())
      order by tenant desc, id desc offset ${MAX_DEAD} limit ${MOST_REMOVED}))
  )
  select count(*)::int as keys from (
    select from api_key where tenant = $1 and revoked_at is null and (expires_at is null or expires_at > now()) limit $2
  ) as found`;

const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const listInOrder = (order: 'asc' | 'desc'): string => `
  select ${COLUMNS} from api_key where tenant = $1 and id < $2 and id > $3 and revoked_at is null
  order by tenant ${order}, id ${order} limit $4`;

export class KeyRows {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async insert(key: NewKey): Promise<ApiKeyRecord> {
    const { rows } = await asTenant(key.tenant, () => this.#pool.query<Row>(INSERT, valuesOf(key)));
    return toRecord(rows[0]!);
  }

  /** Unless the tenant has so many already, whoever else makes one now. */
  async insertAmong(key: NewKey, most: number): Promise<ApiKeyRecord | null> {
    return await asTenant(key.tenant, () => this.#insertAmong(key, most));
  }

  async #insertAmong(key: NewKey, most: number): Promise<ApiKeyRecord | null> {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      await client.query(LOCK, [key.tenant]);
      // A statement of its own: what it sees must be younger than the lock.
      const { rows: counted } = await client.query<{ keys: number }>(COUNT, [key.tenant, most]);
      const isFull = counted[0]!.keys >= most;
      const { rows } = isFull ? { rows: [] } : await client.query<Row>(INSERT, valuesOf(key));
      await client.query('commit');
      client.release();
      return rows[0] === undefined ? null : toRecord(rows[0]);
    } catch (error) {
      // Whatever it was in the middle of ends with the connection.
      client.release(true);
      throw error;
    }
  }

  /** By id alone, because whoever presents a key has no tenant yet. Revoked ones too. */
  async find(id: string): Promise<ApiKeyRecord | null> {
    const text = `select ${COLUMNS} from api_key where id = $1`;
    const { rows } = await asService(() => this.#pool.query<Row>(text, [id]));
    return rows[0] === undefined ? null : toRecord(rows[0]);
  }

  /** Those of the tenant that are not revoked, in any order. */
  async findAll(tenant: string, ids: readonly string[]): Promise<ApiKeyRecord[]> {
    const { rows } = await asTenant(tenant, () => this.#pool.query<Row>(FIND_ALL, [tenant, ids]));
    return rows.map(toRecord);
  }

  /** Newest first, without revoked ones. */
  async list(tenant: string, { after, before, limit, fromEnd }: KeyPage): Promise<ApiKeyRecord[]> {
    const values = [tenant, after ?? LAST, before ?? FIRST, limit];
    const text = listInOrder(fromEnd ? 'asc' : 'desc');
    const { rows } = await asTenant(tenant, () => this.#pool.query<Row>(text, values));
    return rows.map(toRecord);
  }

  /** @returns whether there was one to revoke */
  async revoke(tenant: string, id: string): Promise<boolean> {
    const { rowCount } = await asTenant(tenant, () => this.#pool.query(REVOKE, [tenant, id]));
    return rowCount === 1;
  }

  async touch({ id, tenant }: Pick<ApiKeyRecord, 'id' | 'tenant'>): Promise<void> {
    await asTenant(tenant, () => this.#pool.query(TOUCH, [id]));
  }

  /** Which of these keys, of any tenants, no longer work: revoked, expired or gone. */
  async findEnded(ids: readonly string[]): Promise<string[]> {
    const { rows } = await asService(() => this.#pool.query<{ id: string }>(FIND_ENDED, [ids]));
    return rows.map(({ id }) => id);
  }
}

const valuesOf = ({ id, tenant, name, roles, digest, createdBy, expiresAt }: NewKey): unknown[] => [
  id,
  tenant,
  name,
  roles.join(' '),
  digest,
  createdBy,
  expiresAt,
];

function toRecord(row: Row): ApiKeyRecord {
  const { id, tenant, name, digest } = row;
  return {
    id,
    tenant,
    name,
    roles: row.roles.split(' ') as Role[],
    digest,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    isRevoked: row.revoked_at !== null,
  };
}
