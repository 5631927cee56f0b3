// Statements that PostgreSQL parses and plans once for each connection, and that need not wait for each other's answers.
// MikroORM and Kysely do neither by themselves, so the client under them does.
import { CompiledQuery } from 'kysely';
import { Client, type QueryConfig } from 'pg';
import type { EntityManager } from './orm.ts';

const names = new Map<string, string>();

/** A statement sent often enough to be kept by the server, with its parameters as $1, $2, … */
export interface Prepared {
  readonly text: string;
}

export interface PreparedCall {
  readonly statement: Prepared;
  readonly parameters: readonly unknown[];
}

/** Declares a statement; its name must be one of a kind. */
export function prepare(name: string, text: string): Prepared {
  names.set(text, `waybill_${name}`);
  return { text };
}

/** Runs it where `em` is: in its transaction. */
export async function runPrepared<Row>(
  em: EntityManager,
  statement: Prepared,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const [rows] = await runTogether<[Row]>(em, [{ statement, parameters }]);
  return rows;
}

type RowsOf<Rows extends readonly unknown[]> = { readonly [At in keyof Rows]: readonly Rows[At][] };

/** Sends all of them at once, in this order, and waits for the answers of all; the first error is thrown. */
export async function runTogether<Rows extends readonly unknown[]>(
  em: EntityManager,
  calls: { readonly [At in keyof Rows]: PreparedCall },
): Promise<RowsOf<Rows>> {
  const settled = await em
    .getKysely()
    .getExecutor()
    .provideConnection((connection) =>
      Promise.allSettled(
        calls.map(({ statement, parameters }) =>
          connection.executeQuery(CompiledQuery.raw(statement.text, [...parameters])),
        ),
      ),
    );
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value.rows;
  }) as RowsOf<Rows>;
}

/** What Kysely asks of a client: a text and its values. */
type Query = (query: string | QueryConfig, values?: unknown[]) => Promise<unknown>;

const BEGUN = { command: 'BEGIN', rowCount: null, rows: [] };

/** Names what was declared, and sends the statement behind a BEGIN along with it: that answer says nothing of interest. */
export class PreparingClient extends Client {
  #begin: Promise<unknown> | undefined;

  constructor(...options: ConstructorParameters<typeof Client>) {
    super(...options);
    const query = this.query.bind(this) as Query;
    const named: Query = (text, values) => {
      const name = typeof text === 'string' ? names.get(text) : undefined;
      return name === undefined ? query(text, values) : query({ name, text: text as string, values: values ?? [] });
    };
    const behindBegin: Query = (text, values) => {
      const begin = this.#begin;
      const answer = named(text, values);
      this.#begin = text === 'begin' ? answer : undefined;
      if (text === 'begin') return answerEarly(answer);
      return begin === undefined ? answer : answerBehind(begin, answer);
    };
    this.query = behindBegin as typeof this.query;
  }
}

/** Whoever sends the next statement hears of an error. */
async function answerEarly(begin: Promise<unknown>): Promise<unknown> {
  begin.catch(() => undefined);
  return await Promise.resolve(BEGUN);
}

async function answerBehind(begin: Promise<unknown>, answer: Promise<unknown>): Promise<unknown> {
  const [, result] = await Promise.all([begin, answer]);
  return result;
}
