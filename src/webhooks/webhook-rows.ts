// The rows of webhooks, as their owners see and change them. Every change of one raises its epoch and takes it from the replica
// that sends: the next one to take it begins with what is in the row.
import type { Pool, QueryResult } from 'pg';
import { TENANT_LOCKS } from '../db/advisory-locks.ts';
import { PLANNER_SETTINGS } from '../db/planner.ts';
import { asTenant } from '../db/scope.ts';
import type { WebhookFormat, WebhookState } from '../entities/webhook.ts';
import type { Place } from '../feed/place.ts';

export interface WebhookRecord {
  /** UUID. */
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly kinds: readonly string[];
  readonly states: readonly string[] | null;
  readonly format: WebhookFormat;
  readonly state: WebhookState;
  readonly disabledReason: string | null;
  /** Everything up to here was delivered. */
  readonly place: Place;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

export interface NewWebhook extends Pick<
  WebhookRecord,
  'id' | 'tenant' | 'url' | 'kinds' | 'states' | 'format' | 'place'
> {
  readonly secret: string;
  readonly createdBy: string;
}

/** What is left out stays. */
export interface WebhookChanges {
  readonly url?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly states?: readonly string[] | null | undefined;
  readonly format?: WebhookFormat | undefined;
  readonly state?: 'ACTIVE' | 'PAUSED' | undefined;
}

/** Strictly between the bounds; from the end, oldest first. */
export interface IdPage {
  readonly after: string | null;
  readonly before: string | null;
  readonly limit: number;
  readonly fromEnd: boolean;
}

interface Row {
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly kinds: string;
  readonly states: string | null;
  readonly format: WebhookFormat;
  readonly state: WebhookState;
  readonly disabled_reason: string | null;
  readonly position: number;
  readonly fingerprint: number;
  readonly created_at: Date;
}

const OWN = 'id, tenant, url, kinds, states, format, state, disabled_reason, created_at';

// The place is before the oldest delivery that is not done. Where that is pruned from the feed, it is the webhook's own.
const COLUMNS = `${OWN},
  coalesce(open.position, webhook.position)::int8 as position, coalesce(open.fingerprint, webhook.fingerprint) as fingerprint`;
const WITH_PLACE = `left join lateral (
    select p.position, p.fingerprint from (
      select d.position from webhook_delivery d where d.webhook_id = webhook.id and d.state <> 'DELIVERED'
      order by d.position limit 1) as oldest, lateral (
      select position, fingerprint from feed_position where position = oldest.position - 1 limit 1) as p
    where p.position < webhook.position limit 1
  ) as open on true`;

const LOCK = `select pg_advisory_xact_lock(${TENANT_LOCKS.webhooks}, hashtext($1)), ${PLANNER_SETTINGS}`;

const COUNT = 'select id from webhook where tenant = $1 limit $2';

const INSERT = `
  insert into webhook (id, tenant, url, kinds, states, format, state, secret, position, fingerprint, epoch, created_by, created_at)
  values ($1, $2, $3, $4, $5, $6, 'ACTIVE', $7, $8, $9, 0, $10, now())`;

const FIND_ALL = `select ${COLUMNS} from webhook ${WITH_PLACE}
  where webhook.id = any ($2::uuid[]) and webhook.tenant is not distinct from $1`;

const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

// Those of a tenant are few and put in order here: the way to the order of ids leads through the webhooks of all tenants.
const listInOrder = (order: 'asc' | 'desc'): string => `
  with mine as materialized (select * from webhook where tenant = $1)
  select ${COLUMNS} from (
    select * from mine where id < $2 and id > $3 order by id ${order} limit $4
  ) as webhook ${WITH_PLACE} order by id ${order}`;

// Who enables a webhook has seen to it: it has three days again.
const UPDATE = `
  update webhook set url = coalesce($3, url), kinds = coalesce($4, kinds), states = case when $5 then $6 else states end,
    format = coalesce($7, format), state = coalesce($8, state),
    disabled_reason = case when $8 is null then disabled_reason end,
    failing_since = case when $8 = 'ACTIVE' then null else failing_since end,
    holder = null, epoch = epoch + 1
  where id = $2 and tenant is not distinct from $1`;

// A secret that is rotated once more before its time is over is gone: two are enough.
const ROTATE = `
  update webhook set previous_secret = secret, previous_secret_until = now() + $4::float8 * interval '1 millisecond',
    secret = $3, holder = null, epoch = epoch + 1
  where id = $2 and tenant is not distinct from $1`;

// In this order, because a delivery is only written under the webhook's row (src/webhooks/sending/sender-rows.ts).
const DELETE = `delete from webhook where id = $2 and tenant is not distinct from $1`;
const DELETE_DELIVERIES = `delete from webhook_delivery where webhook_id = $2 and tenant is not distinct from $1`;

const REPLAY = `
  update webhook set position = $3, fingerprint = $4, state = 'ACTIVE', disabled_reason = null, failing_since = null,
    holder = null, epoch = epoch + 1
  where id = $2 and tenant is not distinct from $1`;
const FORGET = `${DELETE_DELIVERIES} and position > $3`;

const print = (names: readonly string[] | null | undefined): string | null => names?.join(' ') ?? null;

export class WebhookRows {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** @returns false when the tenant has so many already, whoever else makes one now */
  async insertAmong(webhook: NewWebhook, most: number): Promise<boolean> {
    const { id, tenant, url, kinds, states, format, secret, place, createdBy } = webhook;
    return await this.#inTransaction(tenant, async (send) => {
      await send(LOCK, [tenant]);
      // A statement of its own: what it sees must be younger than the lock.
      if ((await send(COUNT, [tenant, most])).rows.length >= most) return false;
      const { position, fingerprint } = place;
      await send(INSERT, [
        id,
        tenant,
        url,
        print(kinds),
        print(states),
        format,
        secret,
        position,
        fingerprint,
        createdBy,
      ]);
      return true;
    });
  }

  /** In any order. */
  async findAll(tenant: string, ids: readonly string[]): Promise<WebhookRecord[]> {
    const { rows } = await asTenant(tenant, () => this.#pool.query<Row>(FIND_ALL, [tenant, ids]));
    return rows.map(toRecord);
  }

  /** Newest first. */
  async list(tenant: string, { after, before, limit, fromEnd }: IdPage): Promise<WebhookRecord[]> {
    const values = [tenant, after ?? LAST, before ?? FIRST, limit];
    const text = listInOrder(fromEnd ? 'asc' : 'desc');
    const { rows } = await asTenant(tenant, () => this.#pool.query<Row>(text, values));
    return rows.map(toRecord);
  }

  /** @returns whether there is such a webhook, as of the following */
  async update(tenant: string, id: string, changes: WebhookChanges): Promise<boolean> {
    const { url = null, kinds, states, format = null, state = null } = changes;
    const values = [tenant, id, url, print(kinds), states !== undefined, print(states), format, state];
    return await this.#change(tenant, UPDATE, values);
  }

  async rotate(tenant: string, id: string, secret: string, keepMs: number): Promise<boolean> {
    return await this.#change(tenant, ROTATE, [tenant, id, secret, keepMs]);
  }

  async delete(tenant: string, id: string): Promise<boolean> {
    return await this.#inTransaction(tenant, async (send) => {
      const { rowCount } = await send(DELETE, [tenant, id]);
      await send(DELETE_DELIVERIES, [tenant, id]);
      return rowCount === 1;
    });
  }

  async replay(tenant: string, id: string, { position, fingerprint }: Place): Promise<boolean> {
    return await this.#inTransaction(tenant, async (send) => {
      const { rowCount } = await send(REPLAY, [tenant, id, position, fingerprint]);
      if (rowCount === 1) await send(FORGET, [tenant, id, position]);
      return rowCount === 1;
    });
  }

  async #change(tenant: string, text: string, values: unknown[]): Promise<boolean> {
    return (await asTenant(tenant, () => this.#pool.query(text, values))).rowCount === 1;
  }

  async #inTransaction<Result>(tenant: string, work: (send: Send) => Promise<Result>): Promise<Result> {
    return await asTenant(tenant, async () => {
      const client = await this.#pool.connect();
      try {
        await client.query('begin');
        const result = await work((text, values) => client.query<Row>(text, values));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // Whatever it was in the middle of ends with the connection.
        client.release(true);
        throw error;
      }
    });
  }
}

type Send = (text: string, values: unknown[]) => Promise<QueryResult<Row>>;

function toRecord(row: Row): WebhookRecord {
  const { id, tenant, url, format, state, position, fingerprint } = row;
  return {
    id,
    tenant,
    url,
    kinds: row.kinds.split(' '),
    states: row.states?.split(' ') ?? null,
    format,
    state,
    disabledReason: row.disabled_reason,
    place: { position, fingerprint },
    createdAt: row.created_at.toISOString(),
  };
}
