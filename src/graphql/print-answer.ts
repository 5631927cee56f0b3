// Prints a large result as JSON in turns, so that other requests are served in between, and gives up when it gets too
// long: a string cannot hold an answer of any length, and neither can memory.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ExecutionArgs, type ExecutionResult, GraphQLError, OperationTypeNode, getOperationAST } from 'graphql';
import { ANSWER_BYTES } from './limits.ts';

/** A result that may come with its text. Yoga, too, prints a result with its own `stringify`. */
export interface Answer extends ExecutionResult {
  /** @returns the result as JSON */
  readonly stringify?: () => string;
}

const TURN_MS = 10;
/** Pieces between two looks at the clock. */
const PIECES = 100;

/** @returns the result with its text, or with an error ANSWER_TOO_LARGE in place of the data */
export async function answerInTurns(
  result: ExecutionResult,
  { document, operationName }: ExecutionArgs,
): Promise<Answer> {
  const text = await printInTurns(result);
  if (text !== null) return { ...result, stringify: () => text };
  const isMutation = getOperationAST(document, operationName)?.operation === OperationTypeNode.MUTATION;
  return { data: null, errors: [tooLarge(isMutation)] };
}

function tooLarge(isMutation: boolean): GraphQLError {
  const advice = isMutation
    ? 'The mutation was carried out; each change has its own result, which the same idempotency key brings back. Select less.'
    : 'Ask for fewer items or fewer fields.';
  const message = `The answer would have more than ${ANSWER_BYTES} bytes. ${advice}`;
  return new GraphQLError(message, { extensions: { code: 'ANSWER_TOO_LARGE', limit: ANSWER_BYTES } });
}

/** @returns the JSON text; null when it has more than ANSWER_BYTES */
async function printInTurns(result: ExecutionResult): Promise<string | null> {
  const parts: string[] = [];
  let [bytes, sinceLook, turnBegan] = [0, 0, performance.now()];
  for (const piece of piecesOfObject({ errors: result.errors, data: result.data })) {
    parts.push(piece);
    bytes += Buffer.byteLength(piece);
    if (bytes > ANSWER_BYTES) return null;
    sinceLook += 1;
    if (sinceLook < PIECES || performance.now() - turnBegan < TURN_MS) continue;
    await nextTurn();
    [sinceLook, turnBegan] = [0, performance.now()];
  }
  return parts.join('');
}

/** The JSON of a value in pieces, each as small as a field of the schema. */
function* piecesOf(value: unknown): Generator<string> {
  if (Array.isArray(value)) yield* piecesOfList(value);
  else if (isResultObject(value)) yield* piecesOfObject(value);
  else yield JSON.stringify(value);
}

function* piecesOfList(items: readonly unknown[]): Generator<string> {
  let separator = '[';
  for (const item of items) {
    yield separator;
    yield* piecesOf(item);
    separator = ',';
  }
  yield items.length === 0 ? '[]' : ']';
}

function* piecesOfObject(object: Readonly<Record<string, unknown>>): Generator<string> {
  let separator = '{';
  for (const key in object) {
    if (object[key] === undefined) continue;
    yield `${separator}${JSON.stringify(key)}:`;
    yield* piecesOf(object[key]);
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

/** graphql-js makes objects without a prototype. Others are values of scalars and errors. */
const isResultObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
