// The schema with other root fields: each gives what the real one has given already. So an execution can be done again
// from there by the executor of graphql, and nothing is asked or done twice.
import { GraphQLObjectType, type GraphQLResolveInfo, GraphQLSchema } from 'graphql';

/** What a root field gave, or threw. Whether it had to be waited for decides which of several errors is told first. */
export type Outcome = { readonly waited: boolean } & ({ readonly value: unknown } | { readonly error: unknown });

/** By the keys of the response: the root value of an execution with the settled schema. */
export type Outcomes = ReadonlyMap<string | number, Outcome>;

function giveOutcome(outcomes: Outcomes, _args: unknown, _context: unknown, { path }: GraphQLResolveInfo): unknown {
  const outcome = outcomes.get(path.key);
  if (outcome === undefined) throw new TypeError(`nothing is known of ${path.key}`);
  if ('value' in outcome) return outcome.waited ? Promise.resolve(outcome.value) : outcome.value;
  if (outcome.waited) return Promise.reject(outcome.error);
  throw outcome.error;
}

function settle(type: GraphQLObjectType | null | undefined): GraphQLObjectType | null {
  if (type == null) return null;
  const config = type.toConfig();
  const fields = Object.entries(config.fields).map(([name, field]) => [name, { ...field, resolve: giveOutcome }]);
  return new GraphQLObjectType({ ...config, fields: Object.fromEntries(fields) as typeof config.fields });
}

export function settledSchema(schema: GraphQLSchema): GraphQLSchema {
  const { query, mutation, subscription, types, ...config } = schema.toConfig();
  const roots = new Set<unknown>([query, mutation, subscription]);
  return new GraphQLSchema({
    ...config,
    query: settle(query),
    mutation: settle(mutation),
    subscription: settle(subscription),
    types: types.filter((type) => !roots.has(type)),
  });
}
