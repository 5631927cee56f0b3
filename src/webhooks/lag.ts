// How far the webhooks of a tenant are behind, as a time.
import type { Pool } from 'pg';
import { asService, asTenant } from '../db/scope.ts';
import type { Feed } from '../feed/feed.ts';

// Those of a tenant by their tenant, whatever their state: src/webhooks/webhook-rows.ts. Given up is behind a place too, and is
// not waited for; where there is much of it, the oldest thousand are looked at.
const READ = `
  with mine as materialized (select id, state, position from webhook where tenant = $1)
  select min(mine.position)::int8 as position,
    extract(epoch from now() - min(pending.created_at))::float8 as "pendingSeconds"
  from mine left join lateral (
    select created_at from (
      select state, created_at from webhook_delivery d where d.webhook_id = mine.id and d.state <> 'DELIVERED'
      order by d.position limit 1000) as oldest
    where oldest.state = 'PENDING' limit 1
  ) as pending on true
  where mine.state = 'ACTIVE'`;

// Of whichever tenant: senders go through the changes of all. Nothing but its age leaves here.
const AGE = `
  select extract(epoch from now() - change.occurred_at)::float8 as seconds
  from (select log_id from feed_position where position > $1 order by position limit 1) as next,
    lateral (select occurred_at from file_change where id = next.log_id limit 1) as change`;

interface Behind {
  /** Null: there is none. */
  readonly position: number | null;
  readonly pendingSeconds: number | null;
}

/** @returns the age, in seconds, of the oldest change that an ACTIVE webhook may still have to be sent; null: there is none */
export async function readWebhookLag(pool: Pool, feed: Pick<Feed, 'place'>, tenant: string): Promise<number | null> {
  const { rows } = await asTenant(tenant, () => pool.query<Behind>(READ, [tenant]));
  const { position, pendingSeconds } = rows[0]!;
  if (position === null) return null;
  const ages = [pendingSeconds ?? 0];
  if (position < feed.place.position) {
    const found = await asService(() => pool.query<{ seconds: number }>(AGE, [position]));
    ages.push(found.rows[0]?.seconds ?? 0);
  }
  return Math.max(0, ...ages);
}
