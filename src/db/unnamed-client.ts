// A client that prepares no statement by name. A pooler in transaction mode gives each transaction another server connection,
// on which the name is unknown or taken; PgBouncer carries names since 1.21 (max_prepared_statements).
import { Client, type QueryConfig } from 'pg';

type Query = (this: Client, config: unknown, ...rest: unknown[]) => unknown;

export class UnnamedClient extends Client {}

// An assignment, because an override would have to repeat all overloads of the method.
UnnamedClient.prototype.query = function query(this: Client, config: unknown, ...rest: unknown[]) {
  return (Client.prototype.query as Query).call(this, withoutName(config), ...rest);
} as Client['query'];

function withoutName(config: unknown): unknown {
  if (typeof config !== 'object' || config === null || !('name' in config) || 'submit' in config) return config;
  const { name, ...query } = config as QueryConfig;
  return query;
}
