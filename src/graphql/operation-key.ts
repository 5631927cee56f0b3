// Finds the variables that the results of a subscription depend on. A variable used only as an argument of the root field
// selects the events (a filter, a cursor to start after) and does not change the result of an event.
import {
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
  getOperationAST,
  getVariableValues,
  visit,
} from 'graphql';

const known = new WeakMap<OperationDefinitionNode, readonly VariableDefinitionNode[]>();

function countUses(uses: Map<string, number>, node: ASTNode, step: 1 | -1): void {
  visit(node, {
    Variable: ({ name: { value } }) => void uses.set(value, (uses.get(value) ?? 0) + step),
    VariableDefinition: () => false,
  });
}

function findVariables(document: DocumentNode, operation: OperationDefinitionNode): readonly VariableDefinitionNode[] {
  const uses = new Map<string, number>();
  countUses(uses, document, 1);
  for (const selection of operation.selectionSet.selections) {
    // The variables of a root field inside a fragment all count: less is shared than could be, but nothing wrongly.
    if (selection.kind !== Kind.FIELD) continue;
    for (const argument of selection.arguments ?? []) countUses(uses, argument, -1);
  }
  return (operation.variableDefinitions ?? []).filter(({ variable }) => (uses.get(variable.name.value) ?? 0) > 0);
}

/**
 * Equal for operations of the same document that give the same result for the same event. The values of variables are
 * compared as execution sees them: a default is a value, and a variable that is left out is not null.
 */
export function operationKey(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>> | null | undefined,
): string {
  const operation = getOperationAST(document, operationName);
  if (operation == null) throw new TypeError('there is no such operation');
  const definitions = known.get(operation) ?? findVariables(document, operation);
  known.set(operation, definitions);
  const { coerced } = getVariableValues(schema, definitions, variables ?? {}, { maxErrors: 1 });
  if (coerced === undefined) throw new TypeError('the variables of a subscription were not checked');
  return JSON.stringify([operationName, coerced]);
}
