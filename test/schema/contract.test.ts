// The public schema against the contract clients are written to (contract.graphql beside this file): all of it must be
// there, with the same names and nullability. The schema may have more, as long as no client of the contract notices.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredInputField,
  isRequiredArgument,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import { describe, expect, it } from 'vitest';

const contract = buildSchema(readFileSync(join(import.meta.dirname, 'contract.graphql'), 'utf8'));
// Printed and committed; that it is what the code prints is a test of its own below.
const ours = buildSchema(readFileSync('schema.graphql', 'utf8'));

const typesOf = (schema: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));

const fieldsOf = (type: GraphQLNamedType | undefined) =>
  isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];

const spell = ({ name, type }: GraphQLArgument): string => `${name}: ${String(type)}`;

const pathOf = (field: { readonly name: string }, arg: string): string => `${field.name}(${arg})`;

/** Everything of a type that a client can depend on, as lines. `only` leaves out what the contract does not name. */
function describeType(type: GraphQLNamedType | undefined, only: ReadonlySet<string>): string[] {
  const kind = type?.constructor.name ?? 'missing';
  if (isEnumType(type)) return [kind, ...type.getValues().map(({ name }) => name)].toSorted();
  if (isUnionType(type)) return [kind, ...type.getTypes().map(({ name }) => name)].toSorted();
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(({ name }) => only.size === 0 || only.has(name));
    return [kind, ...fields.map(spell).toSorted()];
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [kind];
  const fields = fieldsOf(type)
    .filter(({ name }) => only.has(name))
    .map((field) => {
      const args = field.args.filter(({ name }) => only.has(pathOf(field, name))).map(spell);
      return `${field.name}(${args.toSorted().join(', ')}): ${String(field.type)}`;
    });
  const interfaces = type.getInterfaces().filter(({ name }) => only.has(name));
  return [kind, ...interfaces.map(({ name }) => `implements ${name}`), ...fields.toSorted()];
}

describe('the public schema', () => {
  it.each(typesOf(contract).map((type) => [type.name, type] as const))(
    'has %s as the contract fixes it',
    (name, type) => {
      const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
      const inputs = isInputObjectType(type) ? Object.values(type.getFields()) : [];
      const args = fieldsOf(type).flatMap((field) => field.args.map(({ name: arg }) => pathOf(field, arg)));
      const named = new Set([...[...fieldsOf(type), ...inputs, ...interfaces].map((member) => member.name), ...args]);
      expect(describeType(ours.getType(name), named)).toEqual(describeType(type, named));
    },
  );

  it('asks for nothing that the contract does not name', () => {
    const required = typesOf(contract).flatMap((type) => {
      const mine = ours.getType(type.name);
      const inputs = isInputObjectType(mine) ? Object.values(mine.getFields()).filter(isRequiredInputField) : [];
      const args = fieldsOf(mine).flatMap((field) => field.args.filter(isRequiredArgument).map(spell));
      return [...inputs.map(spell), ...args].map((each) => `${type.name} ${each}`);
    });
    const named = typesOf(contract).flatMap((type) => {
      const inputs = isInputObjectType(type) ? Object.values(type.getFields()) : [];
      const args = fieldsOf(type).flatMap((field) => field.args.map(spell));
      return [...inputs.map(spell), ...args].map((each) => `${type.name} ${each}`);
    });
    // The mutations named after events, registerFiles and reprocessFiles are ours; their one argument is theirs to require.
    const inputs = ['FileEventInput!', '[RegisterFileInput!]!', 'ReprocessFilesInput!', 'RotateWebhookSecretInput!'];
    const own = new Set(inputs.map((input) => `Mutation input: ${input}`));
    expect(required.filter((each) => !named.includes(each) && !own.has(each))).toEqual([]);
  });

  it('has a mutation named after each event, which takes what transitionFile takes, less the event', () => {
    const names = ['startUpload', 'completeUpload', 'failUpload', 'completeProcessing', 'failProcessing'];
    for (const name of [...names, 'retry', 'reset', 'failReset']) {
      const field = ours.getMutationType()?.getFields()[name];
      expect(field?.args.map(spell), name).toEqual(['input: FileEventInput!']);
      expect(String(field?.type), name).toBe('TransitionFileResult!');
    }
    const whole = describeType(ours.getType('TransitionFileInput'), new Set());
    const less = describeType(ours.getType('FileEventInput'), new Set());
    expect(less).toEqual(whole.filter((line) => line !== 'event: LifecycleEvent!'));
  });

  it('describes every type, field, argument and value', () => {
    const bare: string[] = [];
    const note = (path: string, { description }: { readonly description?: string | null | undefined }): void => {
      if (!description) bare.push(path);
    };
    for (const type of typesOf(ours)) {
      note(type.name, type);
      if (isEnumType(type)) for (const value of type.getValues()) note(`${type.name}.${value.name}`, value);
      if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields())) note(`${type.name}.${field.name}`, field);
      }
      for (const field of fieldsOf(type)) {
        note(`${type.name}.${field.name}`, field);
        for (const arg of field.args) note(`${type.name}.${field.name}(${arg.name})`, arg);
      }
    }
    expect(typesOf(ours).filter(isScalarType).length).toBeGreaterThan(3);
    expect(bare).toEqual([]);
  });

  it('is printed in schema.graphql as the running code has it', { timeout: 60_000 }, () => {
    // In a process of its own: under Vitest the schema and its printer would each have their own copy of graphql.
    const { status, stderr } = spawnSync(process.execPath, ['scripts/print-schema.ts', '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
