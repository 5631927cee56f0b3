// The items of a long list are completed in turns, so that a process serves others in between: a page of 1,000 files with
// every field takes a tenth of a second of one processor. Short lists, and the first items of long ones, do not wait.
import {
  type GraphQLField,
  type GraphQLSchema,
  defaultFieldResolver,
  getNullableType,
  isListType,
  isObjectType,
} from 'graphql';

/** Items of a turn. */
const TURN = 100;

let lastTurn: Promise<void> = Promise.resolve();

/** One turn at a time, whichever list it is for. */
function nextTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise((resolve) => setImmediate(resolve)));
  return lastTurn;
}

/** @returns the list; items beyond the first TURN as promises */
function inTurns(items: unknown): unknown {
  if (!Array.isArray(items) || items.length <= TURN) return items;
  let turn = Promise.resolve();
  return items.map((item: unknown, at) => {
    if (at < TURN) return item;
    if (at % TURN === 0) turn = nextTurn();
    return turn.then(() => item);
  });
}

function completeInTurns(field: GraphQLField<unknown, unknown>): void {
  const { resolve = defaultFieldResolver } = field;
  field.resolve = (...args) => {
    const items: unknown = resolve(...args);
    return items instanceof Promise ? items.then(inTurns) : inTurns(items);
  };
}

/** For the lists that can be long: the pages of connections, and the results of bulk mutations. */
export function completeLongListsInTurns(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && type.name.endsWith('Connection')) completeInTurns(type.getFields()['edges']!);
  }
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    if (isListType(getNullableType(field.type))) completeInTurns(field);
  }
  return schema;
}
