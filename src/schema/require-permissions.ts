// Checks what a root field needs (src/auth/needs.ts) before it does anything, so that a refusal says nothing about what
// exists. A field that names no need breaks the start: it would be open to everybody.
import {
  type GraphQLField,
  type GraphQLSchema,
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { type Need, meets, needOfField } from '../auth/needs.ts';
import type { GraphQLContext } from './context.ts';
import { type Forbidden, RequestError } from './request-error.ts';

type RootField = GraphQLField<unknown, GraphQLContext>;

const forbid = ({ principal }: GraphQLContext): Forbidden => ({
  outcome: 'refused',
  code: 'FORBIDDEN',
  message: `Your roles (${principal.roles.join(', ')}) do not permit this.`,
  field: null,
});

export function requirePermissions(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const { name } of Object.values(type.getFields())) {
      if (needOfField(type.name, name) === undefined) {
        throw new TypeError(`${type.name}.${name} names no permission: add it to src/auth/needs.ts`);
      }
    }
  }
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) guard(field, needOfField(type!.name, field.name)!);
  }
  return schema;
}

function guard(field: RootField, need: Need): void {
  const { resolve = defaultFieldResolver, subscribe } = field;
  if (subscribe !== undefined) {
    field.subscribe = (root, args, context, info) => {
      if (!meets(context.principal, need)) throw new RequestError(forbid(context));
      return subscribe(root, args, context, info);
    };
    return;
  }
  const refuse = refusalFor(field);
  field.resolve = (root, args, context, info) =>
    meets(context.principal, need) ? resolve(root, args, context, info) : refuse(args, context);
}

type Refuse = (args: Record<string, unknown>, context: GraphQLContext) => unknown;

/** As data where the type has a place for it; in bulk, once for each item. */
function refusalFor({ type }: RootField): Refuse {
  const named = getNamedType(type);
  const isData = isUnionType(named) && named.getTypes().some(({ name }) => name === 'RequestError');
  if (!isData) {
    return (_args, context) => {
      throw new RequestError(forbid(context));
    };
  }
  if (!isListType(getNullableType(type))) return (_args, context) => forbid(context);
  return ({ input }, context) => (Array.isArray(input) ? input.map(() => forbid(context)) : []);
}
