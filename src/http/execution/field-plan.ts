// What there is to do for a selection of fields, found out once for each type of object that it meets instead of once for
// each object (https://spec.graphql.org/October2021/#sec-Field-Collection). Directives are not planned for.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type NamedTypeNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
  defaultFieldResolver,
  isAbstractType,
  visit,
} from 'graphql';
import { completerOf } from './complete.ts';
import type { Run } from './run.ts';

/** @throws Unusual, and whatever resolvers throw */
export type Completer = (run: Run, field: FieldPlan, value: unknown) => unknown;

type Path = NonNullable<Parameters<GraphQLFieldResolver<unknown, unknown>>[3]['path']>;

export interface FieldPlan {
  /** Place among the fields of its document. */
  readonly index: number;
  readonly key: string;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly resolve: GraphQLFieldResolver<unknown, unknown>;
  readonly complete: Completer;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly parentType: GraphQLObjectType;
  /** Without the indices of lists. */
  readonly path: Path;
  /** What is selected of it, by the type of the object found there. */
  readonly selected: Map<GraphQLObjectType, readonly FieldPlan[]>;
}

export const isPlannable = (document: DocumentNode): boolean => {
  let isPlain = true;
  visit(document, {
    Directive: () => void (isPlain = false),
    // Introspection is answered by types of graphql's own.
    Field: ({ name: { value } }) => void (isPlain &&= !value.startsWith('__') || value === '__typename'),
    // An object of ours could not have it as a key of its own.
    Name: ({ value }) => void (isPlain &&= value !== '__proto__'),
  });
  return isPlain;
};

/** The plans of one document. */
export class FieldPlans {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  #count = 0;

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.schema = schema;
    const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  /** The fields of an operation. */
  ofRoot(type: GraphQLObjectType, selections: SelectionSetNode): readonly FieldPlan[] {
    return this.#plan(type, [selections], undefined);
  }

  /** The fields that are selected of an object of this type, found at a field. */
  of(field: FieldPlan, type: GraphQLObjectType): readonly FieldPlan[] {
    const known = field.selected.get(type);
    if (known !== undefined) return known;
    const sets = field.nodes.map(({ selectionSet }) => selectionSet).filter((set) => set !== undefined);
    const plans = this.#plan(type, sets, field.path);
    field.selected.set(type, plans);
    return plans;
  }

  #plan(parentType: GraphQLObjectType, sets: readonly SelectionSetNode[], path: Path | undefined): FieldPlan[] {
    const collected = new Map<string, [FieldNode, ...FieldNode[]]>();
    const visited = new Set<string>();
    for (const set of sets) this.#collect(parentType, set, collected, visited);
    return [...collected].map(([key, nodes]) => {
      const name = nodes[0].name.value;
      const definition = name === '__typename' ? TypeNameMetaFieldDef : parentType.getFields()[name];
      if (definition === undefined)
        throw new TypeError(`${parentType.name} has no ${name}: the document was not validated`);
      return {
        index: this.#count++,
        key,
        definition,
        resolve: definition.resolve ?? defaultFieldResolver,
        complete: completerOf(definition.type),
        nodes,
        parentType,
        path: { prev: path, key, typename: parentType.name },
        selected: new Map(),
      };
    });
  }

  #collect(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    collected: Map<string, [FieldNode, ...FieldNode[]]>,
    visited: Set<string>,
  ): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const nodes = collected.get(key);
        if (nodes === undefined) collected.set(key, [selection]);
        else nodes.push(selection);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#visit(selection.name.value, visited);
      if (fragment !== undefined && this.#applies(fragment.typeCondition, type)) {
        this.#collect(type, fragment.selectionSet, collected, visited);
      }
    }
  }

  /** A fragment that was not spread here before. */
  #visit(name: string, visited: Set<string>): FragmentDefinitionNode | undefined {
    if (visited.has(name)) return undefined;
    visited.add(name);
    return this.fragments[name];
  }

  #applies(condition: NamedTypeNode | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined) return true;
    const named = this.schema.getType(condition.name.value);
    return named === type || (isAbstractType(named) && this.schema.isSubType(named, type));
  }
}
