// What a field counts by itself, and how many items it may have. Sizes that the operation itself gives (`first`, the
// length of an input) are taken from it; others are estimated.
import {
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type ValueNode,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { CLAIM_DEFAULTS, CLAIM_LIMITS, REPROCESS_DEFAULT, REPROCESS_LIMITS } from '../lifecycle/processing-input.ts';

type Field = GraphQLField<unknown, unknown>;

/** Where a field is. */
export interface Place {
  readonly parent: GraphQLObjectType;
  /** Items of the connection that it is directly in. */
  readonly page: number;
  /** How many objects of the type __Type it is in. */
  readonly typesEntered: number;
}

export interface Size {
  /** What the field itself counts. */
  readonly own: number;
  /** How often what is selected in it counts. */
  readonly items: number;
  /** Of a connection: the items of the page. */
  readonly page: number;
}

/** The value of a variable as the client gave it. */
export type ReadVariable = (name: string) => unknown;

const DEFAULT_PAGE = 50;
/** The most items of a page (schema/queries.ts) and of a bulk mutation (schema/mutations/execute.ts). */
const MAX_ITEMS = 1_000;
/** A list whose length is not known: the states of the machine, its edges. */
const SHORT_LIST = 10;
/** A list of plain values, such as the events that a file accepts. */
const VALUES = 5;
/** A file is read with its metadata, up to 16 KiB, whether or not it is selected; and a mutation writes. */
const FILE_ROW = 40;
const OTHER_ROW = 10;
/** The words of up to 10,000 texts are read to rank them. */
const SEARCH = 5_000;
const LARGEST_SEARCH = 100;
/** Read from a text of up to 1 MiB. */
const SNIPPETS = 50;
const MOST_SNIPPETS = 3;
/** As large as many other fields. */
const JSON_VALUE = 10;

export class Sizes {
  readonly #mutation: GraphQLObjectType | null;
  readonly #introspection: Introspection;

  constructor(schema: GraphQLSchema) {
    this.#mutation = schema.getMutationType() ?? null;
    this.#introspection = measureIntrospection(schema);
  }

  of(field: Field, node: FieldNode, read: ReadVariable, { parent, page, typesEntered }: Place): Size {
    const type = getNamedType(field.type);
    if (isConnection(type)) {
      const isSearch = type.name === 'QuerySearchFilesConnection';
      const items = Math.min(pageOf(node, read), isSearch ? LARGEST_SEARCH : MAX_ITEMS);
      return { own: (isSearch ? SEARCH : 1) + items * rowOf(type), items: 1, page: items };
    }
    const isList = isListType(getNullableType(field.type));
    if (parent === this.#mutation) {
      const rows = rowsOf(field, node, read);
      return { own: rows * FILE_ROW, items: isList ? rows : 1, page: 1 };
    }
    if (parent.name.startsWith('__')) {
      return { own: 1, items: isList ? this.#introspection(field.name, typesEntered) : 1, page: 1 };
    }
    if (type.name === 'Snippet') return { own: SNIPPETS, items: MOST_SNIPPETS, page: 1 };
    if (isList) return { own: isLeafType(type) ? VALUES : 1, items: isConnection(parent) ? page : SHORT_LIST, page: 1 };
    return { own: type.name === 'JSONObject' ? JSON_VALUE : loadOf(type), items: 1, page: 1 };
  }
}

const isConnection = (type: GraphQLNamedType): type is GraphQLObjectType =>
  isObjectType(type) && type.name.endsWith('Connection');

function rowOf(connection: GraphQLObjectType): number {
  const edge = getNamedType(connection.getFields()['edges']!.type) as GraphQLObjectType;
  return getNamedType(edge.getFields()['node']!.type).name === 'File' ? FILE_ROW : OTHER_ROW;
}

/** An object by its id may have to be read. */
const loadOf = (type: GraphQLNamedType): number => (type.name === 'Node' ? OTHER_ROW : 1);

function valueOf(node: FieldNode, name: string, read: ReadVariable): ValueNode | { readonly given: unknown } | null {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value ?? null;
  return value?.kind === Kind.VARIABLE ? { given: read(value.name.value) } : value;
}

function integerOf(node: FieldNode, name: string, read: ReadVariable): number | null {
  const value = valueOf(node, name, read);
  if (value === null) return null;
  const number = 'given' in value ? value.given : value.kind === Kind.INT ? Number(value.value) : null;
  return typeof number === 'number' ? number : null;
}

/** At least 1: a page of none is still asked for. */
function pageOf(node: FieldNode, read: ReadVariable): number {
  const items = integerOf(node, 'first', read) ?? integerOf(node, 'last', read) ?? DEFAULT_PAGE;
  return Math.min(MAX_ITEMS, Math.max(1, items));
}

/** The mutations that change as many files as a field of their input says: the field, its default, and the most. */
const BOUNDED: Readonly<Record<string, readonly [field: string, fallback: number, most: number]>> = {
  claimFiles: ['limit', CLAIM_DEFAULTS.files, CLAIM_LIMITS.files],
  reprocessFiles: ['first', REPROCESS_DEFAULT, REPROCESS_LIMITS.files],
};

const takesList = (args: Field['args']): boolean =>
  args.some(({ name, type }) => name === 'input' && isListType(getNullableType(type)));

/** How many files a mutation may change. */
function rowsOf({ name, args }: Field, node: FieldNode, read: ReadVariable): number {
  const bounded = BOUNDED[name];
  if (bounded === undefined) return takesList(args) ? inputLengthOf(node, read) : 1;
  const [size, fallback, most] = bounded;
  const ids = inputFieldOf(node, 'ids', read);
  const rows = Array.isArray(ids) ? ids.length : (inputFieldOf(node, size, read) ?? fallback);
  return Math.min(most, Math.max(1, typeof rows === 'number' ? rows : fallback));
}

/** A number or a list; the value of a field of `input`. */
function inputFieldOf(node: FieldNode, name: string, read: ReadVariable): unknown {
  const input = valueOf(node, 'input', read);
  if (input === null) return null;
  if ('given' in input) return (input.given as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  if (input.kind !== Kind.OBJECT) return null;
  const value = input.fields.find((field) => field.name.value === name)?.value;
  if (value?.kind === Kind.VARIABLE) return read(value.name.value);
  if (value?.kind === Kind.LIST) return value.values;
  return value?.kind === Kind.INT ? Number(value.value) : null;
}

function inputLengthOf(node: FieldNode, read: ReadVariable): number {
  const value = valueOf(node, 'input', read);
  if (value === null) return 1;
  const items = 'given' in value ? value.given : value.kind === Kind.LIST ? value.values : null;
  return Array.isArray(items) ? Math.min(MAX_ITEMS, Math.max(1, items.length)) : 1;
}

type Introspection = (list: string, typesEntered: number) => number;

/**
 * The lists of introspection are as long as this schema makes them. Over all types the mean counts; of a type that is
 * reached from another, the longest, since large types are reached more often.
 */
function measureIntrospection(schema: GraphQLSchema): Introspection {
  const types = Object.values(schema.getTypeMap());
  const fields = types.map((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const lengths: Readonly<Record<string, readonly number[]>> = {
    fields: fields.map(({ length }) => length),
    args: fields.flat().map(({ args }) => args.length),
    enumValues: types.map((type) => (isEnumType(type) ? type.getValues().length : 0)),
    inputFields: types.map((type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0)),
  };
  return (list, typesEntered) => {
    if (list === 'types') return types.length;
    const known = lengths[list];
    if (known === undefined) return SHORT_LIST;
    return typesEntered > 1 ? Math.max(...known) : known.reduce((sum, each) => sum + each, 0) / known.length;
  };
}
