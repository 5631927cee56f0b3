// Executes operations by a plan that is made once for each document, and by graphql's own executor wherever the plan does
// not reach: the first time a document is seen, directives, introspection, resolvers that wait below the root, errors.
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
  execute,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import { Unusual } from './complete.ts';
import { type FieldPlan, FieldPlans, isPlannable } from './field-plan.ts';
import { Run } from './run.ts';
import { type Outcome, settledSchema } from './settled-schema.ts';

export type Execute = (args: Omit<ExecutionArgs, 'schema'>) => ExecutionResult | Promise<ExecutionResult>;

interface Plan {
  readonly plans: FieldPlans;
  readonly operation: OperationDefinitionNode;
  readonly roots: readonly FieldPlan[];
  /** Whether something below the root was found to wait: it would each time. */
  waits: boolean;
}

/** Plans and what is known of documents, for one schema. */
export function createExecute(schema: GraphQLSchema): Execute {
  const settled = settledSchema(schema);
  const seen = new WeakSet<DocumentNode>();
  const planned = new WeakMap<OperationDefinitionNode, Plan | null>();

  function planOf({ document, operationName }: Omit<ExecutionArgs, 'schema'>): Plan | null {
    // A plan costs more than one execution: who sends a document once has no use for it.
    const isNew = !seen.has(document);
    seen.add(document);
    const operation = isNew ? null : getOperationAST(document, operationName);
    if (operation == null) return null;
    const known = planned.get(operation);
    if (known !== undefined) return known;
    const plan = makePlan(schema, document, operation);
    planned.set(operation, plan);
    return plan;
  }

  return (args) => {
    const plan = planOf(args);
    const run = plan === null || plan.waits ? null : startRun(plan, args);
    if (plan === null || run === null) return execute({ ...args, schema });
    const finish = (outcomes: readonly Outcome[]) => {
      const result = completeAll(plan, run, outcomes);
      if (result !== null) return result;
      const rootValue = new Map(plan.roots.map(({ key }, at) => [key, outcomes[at]]));
      return execute({ ...args, schema: settled, rootValue });
    };
    const outcomes: (Outcome | Promise<Outcome>)[] = plan.roots.map((field) => resolveRoot(run, field, args.rootValue));
    const waits = outcomes.some((outcome) => outcome instanceof Promise);
    return waits
      ? Promise.all(outcomes.map((each) => Promise.resolve(each))).then(finish)
      : finish(outcomes as Outcome[]);
  };
}

function makePlan(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Plan | null {
  const type = schema.getRootType(operation.operation);
  if (type == null || !isPlannable(document)) return null;
  const plans = new FieldPlans(schema, document);
  const roots = plans.ofRoot(type, operation.selectionSet);
  // One mutation begins when the one before it is told in full.
  if (operation.operation === OperationTypeNode.MUTATION && roots.length > 1) return null;
  return { plans, operation, roots, waits: false };
}

/** Null where the variables are not as they should be: graphql says what is wrong with them. */
function startRun(
  { plans, operation }: Plan,
  { variableValues, contextValue, rootValue }: Omit<ExecutionArgs, 'schema'>,
): Run | null {
  const { coerced } = getVariableValues(plans.schema, operation.variableDefinitions ?? [], variableValues ?? {});
  if (coerced === undefined) return null;
  return new Run({ plans, operation, variableValues: coerced, contextValue, rootValue });
}

function resolveRoot(run: Run, field: FieldPlan, rootValue: unknown): Outcome | Promise<Outcome> {
  try {
    const value = run.resolve(field, rootValue);
    if (!(value instanceof Promise)) return { waited: false, value: toValue(value) };
    return value.then(
      (later) => ({ waited: true, value: toValue(later) }),
      (error: unknown) => ({ waited: true, error }),
    );
  } catch (error) {
    return { waited: false, error };
  }
}

/** A generator could be gone through once only. */
function toValue(value: unknown): unknown {
  const isIterable = typeof value === 'object' && value !== null && Symbol.iterator in value;
  return isIterable ? Array.from(value as Iterable<unknown>) : value;
}

/** Null when something is not as planned. */
function completeAll(plan: Plan, run: Run, outcomes: readonly Outcome[]): ExecutionResult | null {
  const data: Record<string, unknown> = {};
  try {
    for (const [at, field] of plan.roots.entries()) {
      const outcome = outcomes[at]!;
      if ('error' in outcome) return null;
      data[field.key] = field.complete(run, field, outcome.value);
    }
    return { data };
  } catch (error) {
    if (error instanceof Unusual && error.waits) plan.waits = true;
    return null;
  }
}
