// Which variables the results of a subscription depend on. Those that are only arguments of its root field choose the
// events (a filter, a cursor to begin after) and leave no trace in what is told of one.
import { type ASTNode, type DocumentNode, Kind, type OperationDefinitionNode, getOperationAST, visit } from 'graphql';

const known = new WeakMap<OperationDefinitionNode, readonly string[]>();

function countUses(uses: Map<string, number>, node: ASTNode, step: 1 | -1): void {
  visit(node, {
    Variable: ({ name: { value } }) => void uses.set(value, (uses.get(value) ?? 0) + step),
    VariableDefinition: () => false,
  });
}

function findVariables(document: DocumentNode, operation: OperationDefinitionNode): readonly string[] {
  const uses = new Map<string, number>();
  countUses(uses, document, 1);
  for (const selection of operation.selectionSet.selections) {
    // A root field in a fragment keeps its variables: nothing is wrong then, only less is shared.
    if (selection.kind !== Kind.FIELD) continue;
    for (const argument of selection.arguments ?? []) countUses(uses, argument, -1);
  }
  const names = operation.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [];
  return names.filter((name) => (uses.get(name) ?? 0) > 0);
}

/** Equal for operations of the same document that make the same result of the same event. */
export function operationKey(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>> | null | undefined,
): string {
  const operation = getOperationAST(document, operationName);
  if (operation == null) throw new TypeError('there is no such operation');
  const names = known.get(operation) ?? findVariables(document, operation);
  known.set(operation, names);
  return JSON.stringify([operationName, ...names.map((name) => [variables?.[name]])]);
}
