// One execution by a plan: what each field is resolved with is found out once and is the same for all objects.
import type { GraphQLResolveInfo, OperationDefinitionNode } from 'graphql';
import { getArgumentValues } from 'graphql';
import type { FieldPlan, FieldPlans } from './field-plan.ts';

export interface RunOptions {
  readonly plans: FieldPlans;
  readonly operation: OperationDefinitionNode;
  /** Coerced. */
  readonly variableValues: Record<string, unknown>;
  readonly contextValue: unknown;
  readonly rootValue: unknown;
}

interface Call {
  readonly args: Record<string, unknown>;
  readonly info: GraphQLResolveInfo;
}

export class Run {
  readonly plans: FieldPlans;
  readonly contextValue: unknown;
  readonly #options: RunOptions;
  /** By the index of the field. */
  readonly #calls: Call[] = [];

  constructor(options: RunOptions) {
    this.#options = options;
    this.plans = options.plans;
    this.contextValue = options.contextValue;
  }

  /** What the resolver of a field gives. */
  resolve(field: FieldPlan, source: unknown): unknown {
    const { args, info } = this.#callOf(field);
    return field.resolve(source, args, this.contextValue, info);
  }

  infoOf(field: FieldPlan): GraphQLResolveInfo {
    return this.#callOf(field).info;
  }

  #callOf(field: FieldPlan): Call {
    return (this.#calls[field.index] ??= this.#prepare(field));
  }

  #prepare({ definition, nodes, parentType, path }: FieldPlan): Call {
    const { plans, operation, rootValue, variableValues } = this.#options;
    const args = getArgumentValues(definition, nodes[0], variableValues);
    const about = { fieldName: definition.name, fieldNodes: nodes, returnType: definition.type, parentType, path };
    const { schema, fragments } = plans;
    return { args, info: { ...about, schema, fragments, rootValue, operation, variableValues } };
  }
}
