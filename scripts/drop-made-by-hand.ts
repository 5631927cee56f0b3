// What no entity describes, taken out of a scratch database, so that MikroORM does not want to remove it.
import type { MikroORM } from '../src/db/orm.ts';

// Policies are SQL of our own (src/db/row-security.ts).
const DROP_POLICIES = `do $$
  declare p record;
  begin
    for p in select polname, polrelid::regclass as t from pg_policy loop
      execute format('drop policy %I on %s', p.polname, p.t);
      execute format('alter table %s disable row level security', p.t);
    end loop;
  end $$`;

export async function dropMadeByHand({ em }: MikroORM): Promise<void> {
  // Made at start where pg_trgm can be (src/db/name-index.ts).
  await em.execute('drop index if exists file_attributes_name_trgm');
  await em.execute(DROP_POLICIES);
}
