// What an operation may cost, worked out before it is executed (docs/frontend.md, "The cost of an operation"). Every field
// counts 1 or more (cost-sizes.ts), and what is inside a list counts as often as the list may have items.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  getNamedType,
  isAbstractType,
  isCompositeType,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import type { Place, ReadVariable, Sizes } from './cost-sizes.ts';

/** Fields looked at in one operation. A document has fewer, but its fragments can repeat them without end. */
const MAX_STEPS = 20_000;

/** Variables by name, as the client gave them. */
export type Variables = Readonly<Record<string, unknown>>;

type Groups = ReadonlyMap<string, readonly FieldNode[]>;
type Fragments = Record<string, FragmentDefinitionNode>;

/** @throws GraphQLError GRAPHQL_VALIDATION_FAILED for a second introspection */
export class CostWalk {
  readonly #schema: GraphQLSchema;
  readonly #sizes: Sizes;
  readonly #variables: Variables;
  readonly #fragments: Fragments;
  #steps = 0;
  /** Whether a size was read from a variable: the cost may differ next time. */
  readVariable = false;

  constructor(schema: GraphQLSchema, sizes: Sizes, document: DocumentNode, variables: Variables) {
    this.#schema = schema;
    this.#sizes = sizes;
    this.#variables = variables;
    this.#fragments = fragmentsOf(document);
  }

  /** False when there was too much to look at. */
  get isComplete(): boolean {
    return this.#steps < MAX_STEPS;
  }

  /** An integer. */
  costOf({ operation, selectionSet }: OperationDefinitionNode): number {
    const root = this.#schema.getRootType(operation);
    if (root == null) return 0;
    const groups = collectFields(this.#schema, this.#fragments, this.#variables, root, selectionSet);
    requireOneIntrospection(groups);
    return Math.ceil(this.#fields(groups, { parent: root, page: 1, typesEntered: 0 }));
  }

  #fields(groups: Groups, place: Place): number {
    let total = 0;
    for (const nodes of groups.values()) {
      this.#steps += 1;
      if (!this.isComplete) break;
      total += this.#field(nodes, place);
    }
    return total;
  }

  #field(nodes: readonly FieldNode[], place: Place): number {
    const node = nodes[0]!;
    const field = fieldOf(place.parent, node.name.value);
    if (field === undefined) return 0;
    const size = this.#sizes.of(field, node, this.#read, place);
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return size.own;
    const typesEntered = place.typesEntered + (type.name === '__Type' ? 1 : 0);
    return size.own + size.items * this.#object(type, nodes, { page: size.page, typesEntered });
  }

  /** An object is of one of the possible types: the dearest counts. */
  #object(type: GraphQLCompositeType, nodes: readonly FieldNode[], place: Omit<Place, 'parent'>): number {
    const possible = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type];
    const costs = possible.map((parent) => {
      const groups = collectSubfields(this.#schema, this.#fragments, this.#variables, parent, nodes);
      return this.#fields(groups, { ...place, parent });
    });
    return Math.max(...costs);
  }

  readonly #read: ReadVariable = (name) => {
    this.readVariable = true;
    return this.#variables[name];
  };
}

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = Object.create(null) as Fragments;
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  }
  return fragments;
}

const META_FIELDS = [TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef];

const fieldOf = (parent: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined =>
  META_FIELDS.find((field) => field.name === name) ?? parent.getFields()[name];

function requireOneIntrospection(groups: Groups): void {
  const roots = [...groups.values()].filter(([node]) => /^__(?:schema|type)$/.test(node!.name.value));
  if (roots.length <= 1) return;
  throw new GraphQLError('Ask for __schema or __type only once in an operation.', {
    nodes: roots.slice(0, 2).flat(),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}
