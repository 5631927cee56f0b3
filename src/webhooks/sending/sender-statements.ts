// The statements of sender-rows.ts.

export const BEAT = `
  with beat as (
    insert into webhook_sender (id, expires_at) values ($1, now() + $2::float8 * interval '1 millisecond')
    on conflict (id) do update set expires_at = excluded.expires_at
  ), gone as (delete from webhook_sender where expires_at < now() - interval '1 minute' and id <> $1)
  select (select count(*)::int from webhook where state = 'ACTIVE') as active,
    (select count(*)::int + 1 from webhook_sender where expires_at > now() and id <> $1) as senders`;

// A replica that was not heard of for long comes back with what it held, unless another has taken it. In the order of the index
// that has no webhooks but these.
export const CLAIM = `
  with free as (
    select id from webhook
    where state = 'ACTIVE'
      and (holder is null or holder <> all (array(select id from webhook_sender where expires_at > now())))
    order by holder, id limit $2 for update skip locked
  )
  update webhook set holder = $1, epoch = epoch + 1 from free where webhook.id = any (array[free.id])
  returning webhook.id, tenant, url, kinds, states, format, secret, position, fingerprint, epoch,
    case when previous_secret_until > now() then previous_secret end as previous,
    (extract(epoch from now() - failing_since) * 1000)::float8 as failing_for_ms`;

// A lookup that can only run once for each (db/planner.ts): as `not exists` it could also read all that are ACTIVE.
export const LOST = `
  select mine.id from unnest($2::uuid[], $3::int[]) as mine (id, epoch)
  left join lateral (select epoch, holder, state from webhook where webhook.id = mine.id limit 1) as found on true
  where found.epoch is distinct from mine.epoch or found.holder is distinct from $1 or found.state is distinct from 'ACTIVE'`;

// Both ends by an index: what is not done before the place is little, however many have arrived.
export const LOAD = `
  select position, fingerprint, file_id, state, attempts,
    (extract(epoch from now() - created_at) * 1000)::float8 as age_ms,
    greatest(0, coalesce(extract(epoch from next_attempt_at - now()) * 1000, 0))::float8 as wait_ms
  from (
    select * from webhook_delivery where webhook_id = $1 and position > $2
    union all
    select * from webhook_delivery
    where webhook_id = $1 and position <= $2 and state <> 'DELIVERED' and state = 'PENDING'
  ) as left_over order by position`;

// One statement: what is behind the place and not delivered has a row from the moment on in which the place has passed it.
export const RECORD = `
  with held as (
    update webhook set position = $4, fingerprint = $5, failing_since = now() - $6::float8 * interval '1 millisecond'
    where id = $1 and epoch = $2 and holder = $3 returning id, tenant
  ), written as (
    insert into webhook_delivery
      (webhook_id, tenant, position, fingerprint, file_id, state, attempts, status, error, next_attempt_at, created_at, delivered_at)
    select held.id, held.tenant, d.position, d.fingerprint, d.file_id, d.state, d.attempts, d.status, d.error,
      now() + d.wait_ms * interval '1 millisecond', now(), case when d.state = 'DELIVERED' then now() end
    from held, unnest($7::int8[], $8::int[], $9::uuid[], $10::text[], $11::int[], $12::int[], $13::text[], $14::float8[])
      as d (position, fingerprint, file_id, state, attempts, status, error, wait_ms)
    on conflict (webhook_id, position) do update set fingerprint = excluded.fingerprint, file_id = excluded.file_id,
      state = excluded.state, attempts = excluded.attempts, status = excluded.status, error = excluded.error,
      next_attempt_at = excluded.next_attempt_at, delivered_at = excluded.delivered_at
  )
  select id from held`;

export const DISABLE = `
  update webhook set state = 'DISABLED', disabled_reason = $4, holder = null, epoch = epoch + 1
  where id = $1 and epoch = $2 and holder = $3`;

export const RELEASE = `update webhook set holder = null from unnest($2::uuid[], $3::int[]) as mine (id, epoch)
  where webhook.id = any (array[mine.id]) and webhook.epoch = mine.epoch and webhook.holder = $1`;

export const LEAVE = `delete from webhook_sender where id = $1`;

// What arrived is kept for those who look, and no more of it than that. What was given up can be replayed while the log has it.
export const PRUNE = `
  delete from webhook_delivery d where webhook_id = $1 and (
    state = 'DELIVERED' and position <= (
      select position from webhook_delivery where webhook_id = $1 and state = 'DELIVERED'
      order by webhook_id desc, position desc offset $2 limit 1)
    or state = 'GIVEN_UP' and position <= (select trimmed from feed_head))`;
