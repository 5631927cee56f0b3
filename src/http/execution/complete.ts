// Completes values (https://spec.graphql.org/October2021/#sec-Value-Completion) that are there and as they should be. On
// anything else, a promise, an error, a null where none may be, it gives up: the executor of graphql then does it all, and
// does it right.
import {
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  defaultTypeResolver,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Completer, FieldPlan } from './field-plan.ts';
import type { Run } from './run.ts';

/** What a plan does not deal with. `waits`: because it is a promise. */
export class Unusual extends Error {
  readonly waits: boolean;

  constructor(waits: boolean) {
    super(waits ? 'a promise' : 'not as planned');
    this.waits = waits;
  }
}

// Thrown in the middle of much work and caught in one place: nobody needs the stack.
const WAITS = new Unusual(true);
const NOT_AS_PLANNED = new Unusual(false);

const completers = new WeakMap<GraphQLOutputType, Completer>();

/** For a type, once: asking a type what it is costs more than what is done then. */
export function completerOf(type: GraphQLOutputType): Completer {
  const known = completers.get(type);
  if (known !== undefined) return known;
  const completer = makeCompleter(type);
  completers.set(type, completer);
  return completer;
}

function makeCompleter(type: GraphQLOutputType): Completer {
  if (isNonNullType(type)) return notNull(completerOf(type.ofType));
  if (isLeafType(type)) return orNull(leaf(type));
  if (isListType(type)) return orNull(list(completerOf(type.ofType)));
  return orNull(isAbstractType(type) ? abstract(type) : (run, field, value) => completeObject(run, field, type, value));
}

function notNull(inner: Completer): Completer {
  return (run, field, value) => {
    const completed = inner(run, field, value);
    if (completed === null) throw NOT_AS_PLANNED;
    return completed;
  };
}

const isThenable = (value: object): value is PromiseLike<unknown> =>
  'then' in value && typeof value.then === 'function';

/** Graphql asks for another one; a rejection that nobody hears of would end the process. */
function ignore(value: unknown): void {
  if (typeof value === 'object' && value !== null && isThenable(value)) value.then(undefined, () => undefined);
}

function orNull(inner: Completer): Completer {
  return (run, field, value) => {
    if (value === null || value === undefined) return null;
    if (typeof value === 'object') {
      if (isThenable(value)) {
        ignore(value);
        throw WAITS;
      }
      if (value instanceof Error) throw NOT_AS_PLANNED;
    }
    return inner(run, field, value);
  };
}

function leaf(type: GraphQLLeafType): Completer {
  return (_run, _field, value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined) throw NOT_AS_PLANNED;
    return serialized;
  };
}

function list(inner: Completer): Completer {
  return (run, field, value) => {
    if (!Array.isArray(value)) throw NOT_AS_PLANNED;
    try {
      return value.map((item) => inner(run, field, item));
    } catch (error) {
      value.forEach(ignore);
      throw error;
    }
  };
}

function abstract(type: GraphQLAbstractType): Completer {
  const resolveType = type.resolveType ?? defaultTypeResolver;
  return (run, field, value) => {
    const { schema } = run.plans;
    const name = resolveType(value, run.contextValue, run.infoOf(field), type);
    const found = typeof name === 'string' ? schema.getType(name) : undefined;
    if (!isObjectType(found) || !schema.isSubType(type, found)) throw NOT_AS_PLANNED;
    return completeObject(run, field, found, value);
  };
}

function completeObject(run: Run, field: FieldPlan, type: GraphQLObjectType, value: unknown): Record<string, unknown> {
  const isOfType = type.isTypeOf?.(value, run.contextValue, run.infoOf(field)) ?? true;
  if (isOfType !== true) throw NOT_AS_PLANNED;
  const data: Record<string, unknown> = {};
  for (const each of run.plans.of(field, type)) data[each.key] = each.complete(run, each, run.resolve(each, value));
  return data;
}
