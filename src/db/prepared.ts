// Statements that PostgreSQL parses and plans once for each connection, and that need not wait for each other's answers.
// MikroORM and Kysely do neither by themselves, so the client under them does.
import { CompiledQuery } from 'kysely';
import { Client, type QueryConfig } from 'pg';
import type { EntityManager } from './orm.ts';

const names = new Map<string, string>();
const toldLater = new Set(['begin']);

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

/**
 * Declares one whose answer says nothing but whether it failed: it is not waited for, and counts as answered, with no row,
 * once it is sent. What is sent next on the connection, COMMIT in the end, throws its error.
 */
export function prepareToldLater(name: string, text: string): Prepared {
  toldLater.add(text);
  return prepare(name, text);
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
/** What `pool.query` asks of it. */
type Asked = (query: string | QueryConfig, values: unknown[] | undefined, answered: Answered) => Promise<unknown>;
type Answered = (error: Error, result: unknown) => void;

const SENT = { command: '', rowCount: null, rows: [] };

/** Names what was declared, and does not wait for what says nothing of interest. */
export class PreparingClient extends Client {
  /** Those that are told later, since the last answer that was waited for. */
  #untold: readonly Promise<unknown>[] = [];
  #isGathering = false;

  constructor(...options: ConstructorParameters<typeof Client>) {
    super(...options);
    const query = this.query.bind(this) as Query & Asked;
    const named: Query = (text, values) => {
      const name = typeof text === 'string' ? names.get(text) : undefined;
      return name === undefined ? query(text, values) : query({ name, text: text as string, values: values ?? [] });
    };
    // With a callback it is one statement by itself: so asks the pool.
    const send: Query & Asked = (text, values, answered?: Answered) =>
      answered === undefined
        ? this.#send(
            text,
            this.#gather(() => named(text, values)),
          )
        : query(text, values, answered);
    this.query = send as typeof this.query;
  }

  /** What is sent before the event loop turns goes out in one write: each one takes 40 µs, and wakes the server. */
  #gather(send: () => Promise<unknown>): Promise<unknown> {
    const { stream } = this.connection;
    if (!this.#isGathering) {
      this.#isGathering = true;
      stream.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        stream.uncork();
      });
    }
    return send();
  }

  #send(text: string | QueryConfig, answer: Promise<unknown>): Promise<unknown> {
    if (typeof text === 'string' && toldLater.has(text)) {
      answer.catch(() => undefined);
      this.#untold = [...this.#untold, answer];
      return Promise.resolve(SENT);
    }
    const untold = this.#untold;
    this.#untold = [];
    // After a rollback nobody minds what failed before it.
    return untold.length === 0 || text === 'rollback' ? answer : answerBehind(untold, answer);
  }
}

/** The first error is thrown: those behind it only say that the transaction is aborted. */
async function answerBehind(untold: readonly Promise<unknown>[], answer: Promise<unknown>): Promise<unknown> {
  const all = await Promise.all([...untold, answer]);
  return all.at(-1);
}
