// What of the schema clients may learn from the server itself: by introspection, and by "Did you mean" in refusals.
import { GraphQLError, type ValidationRule } from 'graphql';

/** Every field of introspection but `__typename`, which clients need for their caches. */
const INTROSPECTION = new Set(['__schema', '__type']);

/** Reports INTROSPECTION_DISABLED. */
export const refuseIntrospection: ValidationRule = (context) => ({
  Field: (node) => {
    if (!INTROSPECTION.has(node.name.value)) return;
    const message = 'Introspection is switched off on this server.';
    context.reportError(new GraphQLError(message, { nodes: node, extensions: { code: 'INTROSPECTION_DISABLED' } }));
  },
});

/** graphql-js leaves one out by itself where it is told to, but for the one on selections. */
const SUGGESTION = ' Did you mean ';

export function withoutSuggestion(error: GraphQLError): GraphQLError {
  const at = error.message.lastIndexOf(SUGGESTION);
  if (at < 0) return error;
  const { nodes = null, source = null, positions = null, path = null, extensions } = error;
  return new GraphQLError(error.message.slice(0, at), { nodes, source, positions, path, extensions });
}
