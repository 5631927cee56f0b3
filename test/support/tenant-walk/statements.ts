// What this process sends to PostgreSQL, for tests of tenants: it can take the tenant conditions out of every statement, keeps
// which ones are sent for a tenant, and looks at the rows that come back. Start it before pools are opened.
import pg from 'pg';
import { StatementGroup, currentScope } from '../native.ts';

type Rows = { readonly rows?: readonly unknown[] } | undefined;
type Callback = (error: unknown, result?: Rows) => void;
type Group = InstanceType<typeof StatementGroup>;
type Send = (this: pg.Client, config: unknown, ...rest: unknown[]) => unknown;

const COLUMN = String.raw`(?:"?\w+"?\.)?"?tenant"?`;
const VALUE = String.raw`(?:\$\d+|(?:asked|share|wanted)\.tenant)`;

/** Each kind of condition that the statements of the program have, as written. Parameters stay: they must be used somewhere. */
const CONDITIONS: Readonly<Record<string, RegExp>> = {
  equal: new RegExp(`(?<!\\w)${COLUMN} = ${VALUE}(?![\\w.])`, 'g'),
  same: new RegExp(`(?<!\\w)${COLUMN} is not distinct from ${VALUE}(?![\\w.])`, 'g'),
  range: new RegExp(`(?<!\\w)${COLUMN} >= ${VALUE} and ${COLUMN} <= ${VALUE}(?![\\w.])`, 'g'),
  index:
    /\(?array\[(?:\w+\.)?tenant(?: \|\| ' ' \|\| t\.language)?\]\)? @> array\[\$\d+(?: \|\| ' ' \|\| w\.language)?\](?:::text\[\])?/g,
};

// A walk from one tenant to the next does not end without them.
const IS_WALK = /with recursive found/;
const SPOKEN = /(spoken \(language\) as \()([\s\S]*?)(\), asked as)/;

function withoutTenants(text: string, removed: Map<string, number>): string {
  if (IS_WALK.test(text)) return text;
  const [, , kept] = SPOKEN.exec(text) ?? [];
  let rest = kept === undefined ? text : text.replace(kept, '/*spoken*/');
  for (const [kind, pattern] of Object.entries(CONDITIONS)) {
    rest = rest.replaceAll(pattern, (condition) => {
      removed.set(kind, (removed.get(kind) ?? 0) + 1);
      return `(${condition} or true)`;
    });
  }
  return kept === undefined ? rest : rest.replace('/*spoken*/', () => kept);
}

export interface WatchedStatements {
  /** Those sent for this tenant alone, since the last call. */
  take(): string[];
  /** Rows for that tenant that had in them what is another's. */
  readonly leaks: string[];
  /** How often each kind of condition was taken out. */
  readonly removed: ReadonlyMap<string, number>;
  stop(): void;
}

export interface Watch {
  readonly tenant: string;
  /** Whether a row is another tenant's. */
  readonly isForeign: (row: string) => boolean;
  readonly isUnconfined: boolean;
}

export function watchStatements({ tenant, isForeign, isUnconfined }: Watch): WatchedStatements {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the client as its `this`
  const send = pg.Client.prototype.query as Send;
  // oxlint-disable-next-line typescript/unbound-method -- so is this
  const { add } = StatementGroup.prototype;
  const removed = new Map<string, number>();
  const leaks: string[] = [];
  let sent: string[] = [];
  /** @returns what looks at its rows */
  const note = (text: string): ((result: Rows) => void) => {
    const tenants = currentScope()?.tenants;
    const isWatched = tenants?.size === 1 && tenants.has(tenant);
    if (isWatched) sent.push(text);
    return (result) => {
      const rows = result?.rows ?? [];
      if (isWatched && rows.some((row) => isForeign(JSON.stringify(row)))) leaks.push(text);
    };
  };
  const change = (text: string): string => (isUnconfined ? withoutTenants(text, removed) : text);
  StatementGroup.prototype.add = function addWatched(this: Group, query) {
    const look = note(query.text);
    const statement = add.call(this, { ...query, text: change(query.text) });
    statement.answer.then(look, () => undefined);
    return statement;
  };
  pg.Client.prototype.query = function query(this: pg.Client, given: unknown, ...rest: unknown[]) {
    const config = typeof given === 'string' ? { text: given } : (given as { text?: string; callback?: Callback });
    const { text } = config;
    // A group of statements has none of its own.
    if (text === undefined || config instanceof StatementGroup) return send.call(this, given, ...rest);
    const look = note(text);
    const wrap =
      (callback: Callback): Callback =>
      (error, result) => (look(result), callback(error, result));
    const changed = change(text);
    if ('submit' in config) {
      config.text = changed;
      if (config.callback !== undefined) config.callback = wrap(config.callback);
      return send.call(this, config, ...rest);
    }
    const last = rest.at(-1);
    if (typeof last === 'function') rest[rest.length - 1] = wrap(last as Callback);
    const answer = send.call(this, { ...config, text: changed }, ...rest);
    if (answer instanceof Promise) answer.then(look as (result: unknown) => void, () => undefined);
    return answer;
  } as pg.Client['query'];
  return {
    take: () => {
      const taken = sent;
      sent = [];
      return taken;
    },
    leaks,
    removed,
    stop: () => {
      pg.Client.prototype.query = send as pg.Client['query'];
      StatementGroup.prototype.add = add;
    },
  };
}
