// Statements that PostgreSQL parses and plans once for each connection. MikroORM and Kysely know no names for
// statements, so the client of the writing pool gives them: it prepares the texts that were declared here.
import { CompiledQuery } from 'kysely';
import { Client, type QueryConfig } from 'pg';
import type { EntityManager } from './orm.ts';

const names = new Map<string, string>();

/** A statement sent often enough to be kept by the server, with its parameters as $1, $2, … */
export interface Prepared {
  readonly text: string;
}

/** Declares a statement; its name must be one of a kind. */
export function prepare(name: string, text: string): Prepared {
  names.set(text, `waybill_${name}`);
  return { text };
}

/** Runs it where `em` is: in its transaction. */
export async function runPrepared<Row>(
  em: EntityManager,
  { text }: Prepared,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  return (await em.getKysely().executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))).rows;
}

/** What Kysely asks of a client: a text and its values. */
type Query = (query: string | QueryConfig, values?: unknown[]) => Promise<unknown>;

/** A client that names what was declared. Not for a pooler that hands each transaction to another connection. */
export class PreparingClient extends Client {
  constructor(...options: ConstructorParameters<typeof Client>) {
    super(...options);
    const query = this.query.bind(this) as Query;
    const named: Query = (text, values) => {
      const name = typeof text === 'string' ? names.get(text) : undefined;
      return name === undefined ? query(text, values) : query({ name, text: text as string, values: values ?? [] });
    };
    this.query = named as typeof this.query;
  }
}
