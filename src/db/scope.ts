// For whom statements are sent: for one tenant, for some, or for the service itself. With WAYBILL_DATABASE_ROLE the database
// shows them nothing else (docs/adr/0025); without it a scope has no effect. Name the narrowest one, around the statement.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Scope {
  /** Null: the service, which sees every tenant. */
  readonly tenants: ReadonlySet<string> | null;
}

const SERVICE: Scope = { tenants: null };
const scopes = new AsyncLocalStorage<Scope | undefined>();

/** Undefined: none, and nothing of any tenant is visible. */
export const currentScope = (): Scope | undefined => scopes.getStore();

export const inScope = <Result>(scope: Scope | undefined, work: () => Result): Result => scopes.run(scope, work);

export const asTenant = <Result>(tenant: string, work: () => Result): Result =>
  scopes.run({ tenants: new Set([tenant]) }, work);

export const asTenants = <Result>(tenants: Iterable<string>, work: () => Result): Result =>
  scopes.run({ tenants: new Set(tenants) }, work);

/** For work on the rows of all tenants, such as giving positions to changes. Never for what a principal asks for. */
export const asService = <Result>(work: () => Result): Result => scopes.run(SERVICE, work);

/** What statements need that are sent for several at once. Undefined where none of them has one. */
export function uniteScopes(all: readonly (Scope | undefined)[]): Scope | undefined {
  const some = all.filter((scope) => scope !== undefined);
  if (some.length === 0) return undefined;
  if (some.some(({ tenants }) => tenants === null)) return SERVICE;
  return { tenants: new Set(some.flatMap(({ tenants }) => [...tenants!])) };
}

/** As the policies of src/db/row-security.ts read it: `service`, or an array of PostgreSQL. */
export function printScope({ tenants }: Scope): string {
  if (tenants === null) return 'service';
  const quoted = Array.from(tenants, (tenant) => `"${tenant.replaceAll(/["\\]/g, String.raw`\$&`)}"`);
  return `{${quoted.join()}}`;
}
