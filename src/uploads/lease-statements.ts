// The statements behind src/uploads/leases.ts. Those for many files take only the rows that are free and leave out the others,
// which the statements for one file wait for: nobody waits for another's row. Like batches they lock rows in id order.

/** A lease that was not renewed for so long may be taken over: its replica is dead, stopped, or cut off. */
const LEASE_MS = 6_000;

const LEASE = `now() + interval '${LEASE_MS} milliseconds'`;

export const TAKE_FIRST = `
  insert into upload (file_id, epoch, lease_until) values ($1, 1, ${LEASE}) on conflict do nothing returning epoch`;

// With the lease the first segment: nothing is there yet that could be appended to. Of two that ask for one file one gets it.
export const TAKE_FIRST_OF_MANY = `
  with free as (
    select given.file_id, given.segment_id
    from (
      select distinct on (file_id) * from unnest($1::uuid[], $2::uuid[]) as given (file_id, segment_id) order by file_id
    ) as given
    cross join lateral (select from file where id = given.file_id for key share skip locked) as locked
  ), taken as (
    insert into upload (file_id, epoch, lease_until) select file_id, 1, ${LEASE} from free
    on conflict do nothing returning file_id
  )
  insert into segment (id, file_id, start)
    select free.segment_id, taken.file_id, 0 from taken join free using (file_id) returning id`;

// The row is locked before it is checked, so of two that ask at once the second sees the first. Segments without an
// acknowledged byte are left over from earlier holders, which can have none acknowledged from here on.
export const TAKE_NEXT = `
  with before as (select file_id, lease_until from upload where file_id = $1 for update),
  taken as (
    update upload set epoch = epoch + 1, lease_until = ${LEASE}, release_wanted = false from before
    where upload.file_id = before.file_id and (before.lease_until is null or before.lease_until < now())
    returning epoch, before.lease_until is not null as taken_over
  ), fenced as (
    update segment set open = false, file_id = case when length > 0 then file_id end
    from taken where segment.file_id = $1 and (taken.taken_over or length = 0)
  )
  select epoch from taken`;

// In id order, as batches lock these rows. A lease that was released meanwhile stays released.
export const RENEW = `
  with mine as (
    select u.file_id from upload u
    join unnest($1::uuid[], $2::int[]) as held (file_id, epoch) on u.file_id = held.file_id and u.epoch = held.epoch
    where u.lease_until is not null order by u.file_id for update of u
  )
  update upload set lease_until = ${LEASE} from mine where upload.file_id = mine.file_id
  returning upload.file_id, release_wanted`;

// Not waiting for the disk: a release that a crash of PostgreSQL undoes is a lease that runs out by itself.
export const RELEASE = `
  update upload set lease_until = null from (select set_config('synchronous_commit', 'off', true)) as unsynced
  where file_id = $1 and epoch = $2`;

export const RELEASE_MANY = `
  with free as (
    select given.file_id
    from (select * from unnest($1::uuid[], $2::int[]) as given (file_id, epoch) order by file_id) as given
    cross join lateral (
      select from upload where file_id = given.file_id and epoch = given.epoch for update skip locked
    ) as locked
  )
  update upload set lease_until = null from free, (select set_config('synchronous_commit', 'off', true)) as unsynced
  where upload.file_id = any (array[free.file_id]) returning upload.file_id`;
