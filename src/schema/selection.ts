// What an operation selects, for resolvers that read less when less is asked for.
import { type GraphQLResolveInfo, Kind, type OperationDefinitionNode, visit } from 'graphql';
import { JSON_COLUMNS, type JsonColumn } from '../entities/file-snapshot.ts';

type Info = Pick<GraphQLResolveInfo, 'operation' | 'fragments'>;

const known = new WeakMap<OperationDefinitionNode, ReadonlySet<JsonColumn>>();

/** The JSON of files that is selected anywhere in the operation, or in a fragment that it may use. */
export function findShownJson({ operation, fragments }: Info): ReadonlySet<JsonColumn> {
  const before = known.get(operation);
  if (before !== undefined) return before;
  const names = new Set([operation, ...Object.values(fragments)].flatMap(fieldsOf));
  const shown = new Set(JSON_COLUMNS.filter((column) => names.has(column)));
  known.set(operation, shown);
  return shown;
}

function fieldsOf(node: Parameters<typeof visit>[0]): string[] {
  const names: string[] = [];
  visit(node, { [Kind.FIELD]: ({ name }) => void names.push(name.value) });
  return names;
}
