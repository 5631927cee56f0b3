// Refuses operations that cost too much, before anything is executed. An operation whose cost depends on no variable, as
// is nearly every one, is looked at once.
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  getOperationAST,
  getVariableValues,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { Sizes } from './cost-sizes.ts';
import { CostWalk, type Variables } from './cost.ts';

export class CostLimit {
  readonly #schema: GraphQLSchema;
  readonly #sizes: Sizes;
  readonly #limit: number;
  readonly #known = new WeakMap<OperationDefinitionNode, number>();

  constructor(schema: GraphQLSchema, limit: number) {
    this.#schema = schema;
    this.#sizes = new Sizes(schema);
    this.#limit = limit;
  }

  /**
   * @returns the cost of a valid operation, or its refusal: COST_LIMIT_EXCEEDED, or GRAPHQL_VALIDATION_FAILED for a second
   * introspection
   */
  check({ document, operationName, variableValues }: ExecutionArgs): number | GraphQLError {
    const operation = getOperationAST(document, operationName);
    // Execution refuses it.
    if (operation == null) return 0;
    const known = this.#known.get(operation);
    if (known !== undefined) return known;
    try {
      return this.#measure(document, operation, withDefaults(operation, variableValues ?? {}));
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      if (error.extensions['code'] !== undefined) return error;
      return this.#refuseCondition(error, operation, variableValues ?? {});
    }
  }

  /**
   * A @skip or @include without a value. With variables that are wrong, execution refuses the operation in better words. With
   * a null that a default allows, it would give up the one field and execute the rest, whatever that costs.
   */
  #refuseCondition(
    { message, nodes }: GraphQLError,
    { variableDefinitions = [] }: OperationDefinitionNode,
    given: Variables,
  ): 0 | GraphQLError {
    const coerced = getVariableValues(this.#schema, variableDefinitions, given, { maxErrors: 1 });
    if (coerced.errors !== undefined) return 0;
    return new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'BAD_USER_INPUT' } });
  }

  #measure(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): number | GraphQLError {
    const walk = new CostWalk(this.#schema, this.#sizes, document, variables);
    const cost = walk.costOf(operation);
    if (cost > this.#limit || !walk.isComplete) return refusalOf(cost, this.#limit, walk.isComplete);
    if (!walk.readVariable && !hasConditions(document)) this.#known.set(operation, cost);
    return cost;
  }
}

function refusalOf(cost: number, limit: number, isExact: boolean): GraphQLError {
  const message =
    `The operation costs ${isExact ? '' : 'at least '}${cost}, and the limit is ${limit} (WAYBILL_MAX_COST). ` +
    'Ask for fewer items, fewer fields, or in several requests.';
  return new GraphQLError(message, { extensions: { code: 'COST_LIMIT_EXCEEDED', cost, limit } });
}

/** The variables as given, with the defaults of those that were left out. */
function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, given: Variables): Variables {
  const missing = variableDefinitions.filter(
    ({ variable, defaultValue }) => defaultValue !== undefined && !Object.hasOwn(given, variable.name.value),
  );
  if (missing.length === 0) return given;
  const defaults = missing.map(({ variable, defaultValue }) => [
    variable.name.value,
    valueFromASTUntyped(defaultValue!),
  ]);
  return { ...given, ...(Object.fromEntries(defaults) as Variables) };
}

/** Whether a @skip or @include in it depends on a variable. */
function hasConditions(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive: ({ arguments: given = [] }) => void (found ||= given.some(({ value }) => value.kind === Kind.VARIABLE)),
  });
  return found;
}
