// The tables of the service, read from the database itself: whatever a migration adds is moved too.
import type { Client } from 'pg';

export interface Table {
  readonly name: string;
  /** Those that can be written: without generated ones. */
  readonly columns: readonly string[];
  /** Of the primary key, in its order. */
  readonly key: readonly string[];
}

/** Kept by the migrator. Both databases are migrated before anything is moved, so it is the same in both. */
const MIGRATIONS = 'migration';

const ORDINARY = `select c.oid, c.relname::text as name from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname <> '${MIGRATIONS}'
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;

/** In an order in which no row refers to one that is not there yet. */
export async function readTables(client: Client): Promise<Table[]> {
  const { rows: tables } = await client.query<Table>(`
    with ordinary as (${ORDINARY})
    select name,
      (select array_agg(attname::text order by attname) from pg_attribute
        where attrelid = oid and attnum > 0 and not attisdropped and attgenerated = '') as columns,
      (select array_agg(a.attname::text order by k.place)
        from pg_index i, unnest(i.indkey::int[]) with ordinality as k (attnum, place), pg_attribute a
        where i.indrelid = oid and i.indisprimary and a.attrelid = oid and a.attnum = k.attnum) as key
    from ordinary order by name`);
  const { rows: references } = await client.query<{ from: string; to: string }>(`
    with ordinary as (${ORDINARY})
    select f.name as "from", t.name as "to" from pg_constraint c
      join ordinary f on f.oid = c.conrelid join ordinary t on t.oid = c.confrelid
    where c.contype = 'f' and c.conrelid <> c.confrelid`);
  return order(tables, references);
}

function order(tables: readonly Table[], references: readonly { from: string; to: string }[]): Table[] {
  const ordered: Table[] = [];
  const isReady = ({ name }: Table, rest: readonly Table[]): boolean =>
    !references.some(({ from, to }) => from === name && rest.some((other) => other.name === to));
  for (let rest = [...tables]; rest.length > 0;) {
    const next = rest.find((table) => isReady(table, rest));
    if (next === undefined)
      throw new TypeError(`tables refer to each other: ${rest.map(({ name }) => name).join(', ')}`);
    ordered.push(next);
    rest = rest.filter((table) => table !== next);
  }
  return ordered;
}
