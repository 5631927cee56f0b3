// Every field of the schema and every HTTP route names what it needs, and nothing is named that does not exist.
import type { GraphQLObjectType } from 'graphql';
import { buildSchema, isObjectType } from 'graphql';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROUTES, meets, needOfField } from '../../src/auth/needs.ts';
import type { ROLES } from '../../src/auth/principal.ts';
import type { Api } from '../../src/http/routes.ts';
import { createRoutes } from '../../src/http/routes.ts';
import { Metrics } from '../../src/http/metrics.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
);
const ROOTS = ['Query', 'Mutation', 'Subscription'];

const fieldsOf = (type: GraphQLObjectType): string[] => Object.keys(type.getFields());

describe('the schema', () => {
  it('has no field that names no permission', () => {
    const fields = types.flatMap((type) => fieldsOf(type).map((field) => [type.name, field] as const));
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.filter(([type, field]) => needOfField(type, field) === undefined)).toEqual([]);
  });

  it('has every field that is named', () => {
    const named = readFileSync('src/auth/needs.ts', 'utf8');
    const roots = [...named.matchAll(/'((?:Query|Mutation|Subscription)\.\w+)'/g)].map(([, path = '']) => path);
    const real = types
      .filter(({ name }) => ROOTS.includes(name))
      .flatMap((type) => fieldsOf(type).map((field) => `${type.name}.${field}`));
    expect(roots.toSorted()).toEqual(real.toSorted());
    const [, list = ''] = /const TYPES[\s\S]*?= \{([\s\S]*?)\n\};/.exec(named) ?? [];
    const listed = [...list.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
    const others = types.map(({ name }) => name).filter((name) => !ROOTS.includes(name));
    expect(listed.toSorted()).toEqual(others.toSorted());
  });

  it('lets nobody who lacks what a field needs do it in another role', () => {
    const allowed = (role: (typeof ROLES)[number]): string[] =>
      ROOTS.flatMap((root) =>
        fieldsOf(schema.getType(root) as GraphQLObjectType).map((field) => [root, field] as const),
      )
        .filter(([root, field]) => meets({ subject: 's', tenant: 't', roles: [role] }, needOfField(root, field)!))
        .map(([root, field]) => `${root}.${field}`);
    const reads = types
      .filter(({ name }) => name === 'Query' || name === 'Subscription')
      .flatMap((type) => fieldsOf(type).map((field) => `${type.name}.${field}`))
      .filter((path) => !['Query.apiKeys', 'Query.operations', 'Query.webhooks'].includes(path));
    expect(allowed('viewer').toSorted()).toEqual(reads.toSorted());
    expect(allowed('worker').filter((path) => /register|delete|ApiKey|Webhook/i.test(path))).toEqual([]);
    expect(allowed('uploader').filter((path) => /ApiKey|Webhook/i.test(path))).toEqual([]);
    const everything = types.filter(({ name }) => ROOTS.includes(name)).flatMap((type) => fieldsOf(type));
    expect(allowed('admin')).toHaveLength(everything.length);
  });
});

it('every HTTP route names what it needs, and every one that is named is there', () => {
  const nothing = { access: { guard: (handler: unknown) => handler }, page: {} } as unknown as Api;
  const routes = createRoutes({ api: nothing, metrics: new Metrics(), isReady: () => true }, new Set());
  expect([...routes.keys()].toSorted()).toEqual(Object.keys(ROUTES).toSorted());
});
