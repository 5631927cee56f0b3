// Copies one table from one server to another, a page at a time, and compares both.
import { type Client, escapeIdentifier } from 'pg';
import type { Table } from './tables.ts';

// A row of the log may have some 100 KiB of metadata, and a value in PostgreSQL has 256 MiB at most.
const PAGE = 500;
/** The text of a file and its words are some 3 MiB of JSON at most. */
const PAGES: Readonly<Record<string, number>> = { file_text: 20 };

const list = (names: readonly string[]): string => names.map(escapeIdentifier).join(', ');

/**
 * Rows travel as JSON that the one server prints and the other reads, so that no value passes through a JavaScript type.
 * @returns how many rows
 */
export async function copyTable(from: Client, to: Client, { name, columns, key }: Table): Promise<number> {
  const [table, chosen, order] = [escapeIdentifier(name), list(columns), list(key)];
  await from.query(
    `declare page cursor for select to_jsonb(r)::text as row from (select ${chosen} from ${table} order by ${order}) r`,
  );
  const insert = `insert into ${table} (${chosen})
    select ${chosen} from jsonb_populate_recordset(null::${table}, $1::jsonb)`;
  const page = PAGES[name] ?? PAGE;
  let copied = 0;
  for (;;) {
    const { rows } = await from.query<{ row: string }>(`fetch ${page} from page`);
    if (rows.length === 0) break;
    await to.query(insert, [`[${rows.map(({ row }) => row).join(',')}]`]);
    copied += rows.length;
  }
  await from.query('close page');
  return copied;
}

/** Equal for equal tables on servers of any version; the order of rows does not matter. */
export async function digestOf(client: Client, { name, columns }: Table): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(
    `select count(*) || ':' || coalesce(sum(('x' || left(md5(row(${list(columns)})::text), 15))::bit(60)::bigint::numeric), 0)
      as digest from ${escapeIdentifier(name)}`,
  );
  return rows[0]!.digest;
}

/** The next value of each sequence of a table is the same on both sides. */
export async function copySequences(from: Client, to: Client, { name, columns }: Table): Promise<void> {
  for (const column of columns) {
    const owned = 'select pg_get_serial_sequence($1, $2) as sequence';
    const names = [escapeIdentifier(name), column];
    const [source, target] = await Promise.all(
      [from, to].map(
        async (client) => (await client.query<{ sequence: string | null }>(owned, names)).rows[0]?.sequence,
      ),
    );
    if (source == null || target == null) continue;
    const { rows } = await from.query<{ last_value: string; is_called: boolean }>(
      `select last_value, is_called from ${source}`,
    );
    await to.query('select setval($1, $2, $3)', [target, rows[0]!.last_value, rows[0]!.is_called]);
  }
}
