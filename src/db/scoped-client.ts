// A client that says with each statement for whom it is (src/db/scope.ts). The scope is set in the transaction of the
// statement, and leaves with it: without a round trip or a Sync of its own, and nothing of it stays on the connection. That
// holds behind a pooler in transaction mode too, which gives out its connections for as long as a transaction lasts.
import { type Client, Query, type QueryConfig, type QueryResult } from 'pg';
import { SCOPE_SETTING } from './row-security.ts';
import { currentScope, printScope } from './scope.ts';

type Callback = (error: Error | undefined, result?: QueryResult) => void;
type Send = (this: Client, config: unknown, ...rest: unknown[]) => unknown;
type Connection = Client['connection'] & Record<'parse' | 'bind' | 'execute', (message: object) => void>;

const TEXT = `select set_config('${SCOPE_SETTING}', $1, true)`;
/** Prepared when the client connects. */
const NAME = 'waybill_scope';

/** Opens or ends a transaction, in which a scope holds until its end or until a savepoint before it. */
const CONTROL = /^\s*(begin|start transaction|commit|end|rollback|abort|savepoint|release)\b/i;

/**
 * Sends the scope as a statement in front of its own; both are in one implicit transaction, up to the Sync
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).
 */
class ScopedQuery extends (Query as unknown as new (
  config: unknown,
  values?: unknown,
  callback?: unknown,
) => Submitted) {
  readonly #scope: string;
  readonly #isPrepared: boolean;
  #isScopeSet = false;

  constructor(config: object, callback: Callback | undefined, scope: string, isPrepared: boolean) {
    super({ ...config, queryMode: 'extended' }, undefined, callback);
    this.#scope = scope;
    this.#isPrepared = isPrepared;
  }

  override prepare(connection: Connection): void {
    sendScope(connection, this.#scope, this.#isPrepared);
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.#isScopeSet) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: unknown): void {
    if (this.#isScopeSet) super.handleCommandComplete(message, connection);
    this.#isScopeSet = true;
  }
}

/** What `pg` does with a query of its own; its types do not say so. */
interface Submitted {
  callback: Callback | undefined;
  query_timeout?: number | undefined;
  prepare(connection: Connection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: unknown): void;
}

/** What of the transaction that is open on a client, if one is, concerns its scope. */
class ScopeOfTransaction {
  #isOpen = false;
  /** Of the transaction that is open, or of what leaves before the next Sync. Undefined: not known. */
  #scope: string | undefined = '';

  /** Call for each statement that is sent, in order. */
  passControl(text: string): void {
    const [, word] = CONTROL.exec(text)!;
    // What was set since the savepoint is undone.
    if (/^\s*rollback\s+to\b/i.test(text)) this.#scope = undefined;
    else if (!/^(savepoint|release)$/i.test(word!)) {
      this.#isOpen = /^(begin|start transaction)$/i.test(word!);
      this.#scope = '';
    }
  }

  /** @returns whether it has to be set */
  pass(scope: string): boolean {
    if (this.#scope === scope) return false;
    this.#scope = scope;
    return true;
  }

  /** Call for each Sync: it ends what is no open transaction. */
  sync(): void {
    if (!this.#isOpen) this.#scope = '';
  }
}

/** What of a scoped client a group of statements asks (src/db/statement-group.ts). */
interface Scoped {
  readonly scopeOfTransaction: ScopeOfTransaction;
  readonly hasNames: boolean;
  takeScope(text: string): string | null;
}

const isScoped = (client: object): client is Scoped => 'takeScope' in client;

/** The scope that has to be sent in front of the next statement, in its transaction. Null: none. */
export const scopeBefore = (client: object, text: string): string | null =>
  isScoped(client) ? client.takeScope(text) : null;

/** Call for each Sync that is sent to a client. */
export function endScope(client: object): void {
  if (isScoped(client)) client.scopeOfTransaction.sync();
}

/** Whether the statement that sets a scope is prepared. */
export const hasPreparedScope = (client: object): boolean => isScoped(client) && client.hasNames;

/** Sends a scope in front of a statement: it is answered with a row of its own and a CommandComplete. */
export function sendScope(connection: Connection, scope: string, isPrepared: boolean): void {
  // Not parsed here where names are used: `pg` would take the answer for that to the statement itself.
  if (!isPrepared) connection.parse({ text: TEXT });
  connection.bind({ statement: isPrepared ? NAME : '', values: [scope] });
  connection.execute({ portal: '' });
}

/** @param isPrepared whether statements have names (src/db/unnamed-client.ts) */
export function withScope(Base: typeof Client, isPrepared: boolean): typeof Client {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the client as its `this`
  const send = Base.prototype.query as Send;
  class ScopedClient extends Base {
    readonly scopeOfTransaction = new ScopeOfTransaction();
    /** Whether the statement that sets it is prepared. */
    isReady = false;
    readonly hasNames = isPrepared;

    takeScope(text: string): string | null {
      if (!this.isReady) return null;
      if (CONTROL.test(text)) {
        this.scopeOfTransaction.passControl(text);
        return null;
      }
      const scope = currentScope();
      // In an open transaction what was set before would hold on: a statement without a scope must see nothing.
      const value = scope === undefined ? '' : printScope(scope);
      return this.scopeOfTransaction.pass(value) ? value : null;
    }
  }
  // An assignment, because an override would have to repeat all overloads of the method.
  ScopedClient.prototype.query = function query(this: ScopedClient, config: unknown, ...rest: unknown[]) {
    if (!this.isReady || isSubmitted(config)) return send.call(this, config, ...rest);
    const asked = toConfig(config, rest);
    const value = this.takeScope(asked.text);
    this.scopeOfTransaction.sync();
    if (value === null) return send.call(this, config, ...rest);
    const { name: _, ...unnamed } = asked;
    return sendScoped(this, send, isPrepared ? asked : unnamed, callbackOf(rest), value, isPrepared);
  } as Client['query'];
  return ScopedClient;
}

/** Call once for each connection, before its first statement with a scope. */
export async function prepareScope(client: Pick<Client, 'query'>, isPrepared: boolean): Promise<void> {
  if (isPrepared) await client.query({ name: NAME, text: TEXT, values: [''] });
  (client as unknown as { isReady: boolean }).isReady = true;
}

function sendScoped(
  client: Client,
  send: Send,
  config: QueryConfig,
  callback: Callback | undefined,
  scope: string,
  isPrepared: boolean,
): unknown {
  const query = new ScopedQuery(config, callback, scope, isPrepared);
  query.query_timeout = (config as QueryConfig & { query_timeout?: number }).query_timeout;
  if (callback !== undefined) return send.call(client, query);
  const answer = new Promise<QueryResult>((resolve, reject) => {
    query.callback = (error, result) => (error == null ? resolve(result!) : reject(error));
  });
  send.call(client, query);
  return answer;
}

const isSubmitted = (config: unknown): boolean => typeof config === 'object' && config !== null && 'submit' in config;

function toConfig(config: unknown, [values]: unknown[]): QueryConfig {
  const given = Array.isArray(values) ? { values } : {};
  return typeof config === 'string' ? { text: config, ...given } : { ...(config as QueryConfig), ...given };
}

const callbackOf = (rest: readonly unknown[]): Callback | undefined =>
  rest.find((each): each is Callback => typeof each === 'function');
