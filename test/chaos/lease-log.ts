// Writes down, in the database itself, each change of a lease: what it was, what it became, and when. The rules of leases are
// checked against what was committed, not against what workers say.
import type { TestDatabase } from '../support/database.ts';

const INSTALL = `
  create table lease_log (id bigserial primary key, file_id uuid, at timestamptz(3), old_token text, old_until timestamptz(3),
    new_token text, worker text, epoch int, is_processing boolean);
  create function log_lease() returns trigger language plpgsql as $$
    begin
      if old.processing->>'token' is distinct from new.processing->>'token' then
        insert into lease_log (file_id, at, old_token, old_until, new_token, worker, epoch, is_processing) values (
          new.id, now(), old.processing->>'token', old.claimable_at, new.processing->>'token', new.processing->>'worker',
          (new.processing->>'epoch')::int, new.state = 'PROCESSING');
      end if;
      return null;
    end $$;
  create trigger log_lease after update on file for each row execute function log_lease()`;

export async function logLeases(database: TestDatabase): Promise<void> {
  await database.query(INSTALL);
}

export interface LeaseFaults extends Record<string, unknown> {
  /** Given to somebody while somebody else had it. */
  readonly doubled: number;
  /** Ended without a lease, or with one that was over. */
  readonly unheld: number;
  /** Leases that ran out, and went to somebody else. */
  readonly taken: number;
  readonly leases: number;
}

export async function readLeases(database: TestDatabase): Promise<LeaseFaults> {
  const [row] = await database.query<LeaseFaults>(`
    select count(*) filter (where old_token is not null and new_token is not null and old_until > at)::int as doubled,
      count(*) filter (where not is_processing and (old_token is null or old_until <= at))::int as unheld,
      count(*) filter (where old_token is not null and new_token is not null)::int as taken,
      count(*) filter (where new_token is not null)::int as leases
    from lease_log`);
  return row!;
}
