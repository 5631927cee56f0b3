// What each role gets of each root field and each route, asked over HTTP: FORBIDDEN as data where the type has a place for
// it, as an error elsewhere, and never a hint of what exists.
import { readFileSync } from 'node:fs';
import {
  type GraphQLField,
  type GraphQLInputType,
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES, meets, needOfField } from '../../src/auth/needs.ts';
import { ROLES, type Role } from '../../src/auth/principal.ts';
import type { Instance } from '../support/instance.ts';
import { connectAs, sendAs, sign, startSignedIn } from '../support/sign-in.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

let waybill: Instance;
const tokens = new Map<Role, string>();
beforeAll(async () => {
  waybill = await startSignedIn();
  for (const role of ROLES) tokens.set(role, await sign({ sub: role, roles: [role] }));
});
afterAll(() => waybill.stop());

const may = (role: Role, type: string, field: string): boolean =>
  meets({ subject: role, tenant: 'red', roles: [role] }, needOfField(type, field)!);

/** The least that an input type takes. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  return ['Int', 'Float', 'SafeInt'].includes(String(type)) ? '1' : '"file_00000000-0000-7000-8000-000000000000"';
}

function operationOf(kind: string, field: GraphQLField<unknown, unknown>): string {
  const required = field.args.filter((arg) => isNonNullType(arg.type));
  const args = required.map((arg) => `${arg.name}: ${literal(arg.type)}`).join(', ');
  const type = getNamedType(field.type);
  const selection = isUnionType(type) ? '{ __typename ... on RequestError { code } }' : '{ __typename }';
  const fragment = isLeafType(type) ? '' : selection;
  return `${kind} { ${field.name}${args === '' ? '' : `(${args})`} ${fragment} }`;
}

const isForbidden = (answer: unknown): boolean => JSON.stringify(answer).includes('"FORBIDDEN"');

for (const [kind, type] of [
  ['query', schema.getQueryType()!],
  ['mutation', schema.getMutationType()!],
] as const) {
  describe(`a ${kind}`, () => {
    it.each(Object.values(type.getFields()).map((field) => [field.name, field] as const))(
      '%s is for those whose role permits it',
      async (name, field) => {
        for (const role of ROLES) {
          const answer = await sendAs(waybill.url, tokens.get(role)!, operationOf(kind, field));
          expect(isForbidden(answer), `${role}: ${JSON.stringify(answer)}`).toBe(!may(role, type.name, name));
        }
      },
    );
  });
}

it('subscriptions are for whoever may read, which is every role', async () => {
  for (const role of ROLES) {
    const { client } = connectAs(waybill.url, { authorization: `Bearer ${tokens.get(role)}` });
    const query = 'subscription { file(id: "file_00000000-0000-7000-8000-000000000000") { id } }';
    const { value } = await client.iterate({ query }).next();
    expect(JSON.stringify(value), role).toContain('FILE_NOT_FOUND');
    await client.dispose();
  }
});

it('in bulk each item is refused in its place', async () => {
  const item = '{ name: "a", size: 1 }';
  const query = `mutation { registerFiles(input: [${item}, ${item}]) { ... on RequestError { code message } } }`;
  const refusal = { code: 'FORBIDDEN', message: 'Your roles (viewer) do not permit this.' };
  const answer = await sendAs(waybill.url, tokens.get('viewer')!, query);
  expect(answer).toEqual({ status: 200, data: { registerFiles: [refusal, refusal] } });
});

it('a method of tus is for those whose role permits it', async () => {
  for (const role of ROLES) {
    const authorization = `Bearer ${tokens.get(role)}`;
    for (const [path, methods] of [
      ['/uploads', ROUTES['/uploads']],
      ['/uploads/', ROUTES['/uploads/']],
    ] as const) {
      for (const [method, need] of Object.entries(methods)) {
        if (need === 'public') continue;
        const response = await fetch(`${waybill.url}${path}`, {
          method,
          headers: { authorization, 'tus-resumable': '1.0.0' },
        });
        const isAllowed = meets({ subject: role, tenant: 'red', roles: [role] }, need);
        expect(response.status === 403, `${role} ${method} ${path}: ${response.status}`).toBe(!isAllowed);
      }
    }
  }
});
