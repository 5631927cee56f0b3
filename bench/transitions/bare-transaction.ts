// The baseline's transaction over bare `pg`, with prepared statements.
import type pg from 'pg';
import { LOCK, MOVE, RECORD } from './statements.ts';

type Variables = Record<string, unknown>;
type Client = Pick<pg.ClientBase, 'query'>;

/** `:name` becomes `$1`; a cast (`::`) stays. */
function prepare(name: string, sql: string): (client: Client, variables: Variables) => Promise<Variables> {
  const names: string[] = [];
  const text = sql.replaceAll(/(?<!:):([a-z_]+)/g, (_match, variable: string) => {
    if (!names.includes(variable)) names.push(variable);
    return `$${names.indexOf(variable) + 1}`;
  });
  return async (client, variables) => {
    const values = names.map((variable) => variables[variable]);
    const { rows } = await client.query<Variables>({ name, text, values });
    return rows[0] ?? {};
  };
}

const lock = prepare('lock', LOCK);
const move = prepare('move', MOVE);
const record = prepare('record', RECORD);

/** Runs the next transition of the nth file. */
export async function transact(client: Client, n: number): Promise<void> {
  await client.query('begin');
  const locked = await lock(client, { n });
  const moved = await move(client, { n });
  await record(client, { n, ...locked, ...moved });
  await client.query('commit');
}
