// Operations made from the schema: for each root field, and each place in its arguments that takes an id, a cursor, a text or
// JSON, one that has a value there.
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

export type Kind = 'ID' | 'String' | 'Cursor' | 'JSONObject';
const KINDS: readonly string[] = ['ID', 'String', 'Cursor', 'JSONObject'] satisfies Kind[];

/** A place in the arguments of a root field. */
export interface Place {
  /** `Query`, `Mutation` or `Subscription`. */
  readonly type: string;
  readonly field: string;
  /** Names from the argument on, such as `input`, `id`. */
  readonly path: readonly string[];
  readonly kind: Kind;
}

const MOST_DEPTH = 4;
const DEEPEST = 5;

const inputFieldsOf = (type: GraphQLInputType): readonly { name: string; type: GraphQLInputType }[] => {
  const named = getNamedType(type);
  return isInputObjectType(named) ? Object.values(named.getFields()) : [];
};

function placesIn(type: GraphQLInputType, path: readonly string[]): Pick<Place, 'path' | 'kind'>[] {
  const { name } = getNamedType(type);
  if (KINDS.includes(name)) return [{ path, kind: name as Kind }];
  if (path.length > MOST_DEPTH) return [];
  return inputFieldsOf(type).flatMap((field) => placesIn(field.type, [...path, field.name]));
}

export const rootFieldsOf = (
  schema: GraphQLSchema,
): readonly { type: string; field: GraphQLField<unknown, unknown> }[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ type: type!.name, field })),
  );

export const placesOf = (schema: GraphQLSchema): Place[] =>
  rootFieldsOf(schema).flatMap(({ type, field }) =>
    field.args.flatMap((arg) => placesIn(arg.type, [arg.name]).map((place) => ({ type, field: field.name, ...place }))),
  );

/** What stands where something must: the id is that of a file. */
export interface Filling {
  readonly id: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

export function operationOf(schema: GraphQLSchema, type: string, name: string, filling: Filling): string {
  const field = rootFieldsOf(schema).find((each) => each.type === type && each.field.name === name)!.field;
  const args = field.args.flatMap((arg) => argument(arg, filling.path, filling));
  const list = args.length === 0 ? '' : `(${args.join(', ')})`;
  return `${type.toLowerCase()} { ${name}${list} ${selectionOf(schema, getNamedType(field.type), [])} }`;
}

function argument(
  { name, type }: { name: string; type: GraphQLInputType },
  path: readonly string[],
  filling: Filling,
): string[] {
  const [first, ...rest] = path;
  if (first === name) return [`${name}: ${literal(type, rest, filling, true)}`];
  return isNonNullType(type) ? [`${name}: ${literal(type, [], filling, false)}`] : [];
}

function literal(type: GraphQLInputType, path: readonly string[], filling: Filling, isOnWay: boolean): string {
  if (isNonNullType(type)) return literal(type.ofType, path, filling, isOnWay);
  if (isListType(type)) return `[${literal(type.ofType, path, filling, isOnWay)}]`;
  if (isInputObjectType(type)) {
    const fields = inputFieldsOf(type).flatMap((field) => argument(field, isOnWay ? path : [], filling));
    return `{ ${fields.join(', ')} }`;
  }
  if (isOnWay) return print(filling.value);
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (type.name === 'ID') return JSON.stringify(filling.id);
  return ['Int', 'Float', 'SafeInt'].includes(type.name) ? '1' : type.name === 'JSONObject' ? '{}' : '"plain"';
}

/** As GraphQL writes it: names of an object without quotes. */
function print(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${print(each)}`)
    .join(', ')} }`;
}

/** Everything that can be selected without an argument. */
function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, above: readonly string[]): string {
  if (isLeafType(type)) return '';
  if (isUnionType(type) || isInterfaceType(type)) {
    const members = schema
      .getPossibleTypes(type)
      .map((each) => `... on ${each.name} ${selectionOf(schema, each, above)}`);
    return `{ __typename ${members.join(' ')} }`;
  }
  if (!isObjectType(type)) return '{ __typename }';
  const fields = Object.values(type.getFields())
    .filter(({ args }) => !args.some((arg) => isNonNullType(arg.type)))
    .flatMap((field) => {
      const named = getNamedType(field.type);
      // Named after its type: members of a union may have fields of the same name and of different types.
      const alias = `${type.name}_${field.name}: ${field.name}`;
      if (isLeafType(named)) return [alias];
      if (above.length >= DEEPEST || above.includes(named.name) || named.name === type.name) return [];
      return [`${alias} ${selectionOf(schema, named, [...above, type.name])}`];
    });
  return `{ __typename ${fields.join(' ')} }`;
}
