// Planned execution against graphql's own: the same answers, errors and their places included, whatever is asked of whatever
// is there; and nothing is asked of a root field twice.
import { type ExecutionResult, execute, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createExecute } from '../../../src/http/execution/execute.ts';
import { createRandom } from '../../support/random.ts';
import { createOperation } from './random-operation.ts';
import { type Faults, createEmptyWorld, createWorld, schema } from './schema.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
const ROUNDS = 600;

/** As a client would see it. */
const seen = async (result: ExecutionResult | Promise<ExecutionResult>): Promise<Seen> =>
  JSON.parse(JSON.stringify(await result)) as Seen;

interface Seen {
  readonly data?: unknown;
  readonly errors?: readonly unknown[];
}

/**
 * Where several fields of a query wait and fail, which error comes first is a matter of moments, and after the one that
 * leaves no data the others may or may not be told.
 */
function comparable({ data, errors = [] }: Seen): unknown {
  if (data === null) return [null, errors.length > 0];
  return [data, errors.map((error) => JSON.stringify(error)).toSorted()];
}

const planned = createExecute(schema);

describe.each<Faults>([0, 0.01, 0.05])('where %d of all values are at fault', (faults) => {
  it('gives the answers of graphql', { timeout: 60_000 }, async () => {
    const random = createRandom(SEED);
    let valid = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { text, variables: variableValues } = createOperation(random);
      const document = parse(text);
      const worldSeed = random.below(2 ** 31);
      if (validate(schema, document).length > 0) continue;
      valid += 1;
      const world = createWorld(createRandom(worldSeed), faults);
      const expected = await seen(execute({ schema, document, variableValues, rootValue: world.root }));
      const least = world.asked.splice(0).toSorted();
      const empty = createEmptyWorld();
      await execute({ schema, document, variableValues, rootValue: empty.root });
      // The first time it is graphql's; then by the plan, which is made the second time and found the third.
      for (let time = 0; time < 3; time += 1) {
        const result = await seen(planned({ document, variableValues, rootValue: world.root }));
        const where = `seed ${SEED}, round ${round}, world ${worldSeed}, time ${time}:\n${text}`;
        if (Math.max(expected.errors?.length ?? 0, result.errors?.length ?? 0) < 2)
          expect(result, where).toEqual(expected);
        else expect(comparable(result), where).toEqual(comparable(expected));
        // Of a query graphql asks no further once the answer can be nothing but null.
        const most = text.startsWith('query') ? empty.asked.toSorted() : least;
        expect([least, most]).toContainEqual(world.asked.splice(0).toSorted());
      }
    }
    expect(valid).toBeGreaterThan(ROUNDS / 10);
  });
});

const answers = async (text: string, rootValue: unknown, variableValues: Record<string, unknown> = {}, times = 3) => {
  const document = parse(text);
  const results: unknown[] = [];
  for (let time = 0; time < times; time += 1) {
    results.push(await seen(planned({ document, variableValues, rootValue })));
  }
  return { results, expected: await seen(execute({ schema, document, variableValues, rootValue })) };
};

describe('the same answer to', () => {
  const box = { __typename: 'Box', id: 1, size: 2, label: () => 'a box', things: [], strict: null };
  const root = { thing: box, box, any: box, list: [box, box], touch: box };

  it.each([
    ['introspection', '{ __schema { types { name } } __type(name: "Box") { name } }', {}],
    ['directives', 'query ($y: Boolean!) { thing { id @skip(if: $y) ... @include(if: $y) { label } } }', { y: true }],
    ['a key that objects have already', '{ __proto__: thing { constructor: id toString: label } }', {}],
    ['variables that are wrong', 'mutation ($input: Touch!) { touch(input: $input) { __typename } }', { input: {} }],
    ['an argument that is missing', 'mutation { touch { __typename } }', {}],
    [
      'two mutations',
      'mutation { a: touch(input: {id: 1}) { __typename } b: touch(input: {id: 2}) { __typename } }',
      {},
    ],
    ['an operation that is not there', 'fragment F on Box { id }', {}],
  ])('%s', async (_case, text, variables) => {
    const { results, expected } = await answers(text, root, variables);
    expect(results).toEqual([expected, expected, expected]);
  });
});

it('a document whose resolvers wait is left to graphql from then on: each is called once', async () => {
  let called = 0;
  const label = (): Promise<string> => {
    called += 1;
    return Promise.resolve('later');
  };
  const thing = { __typename: 'Ball', id: 1, label };
  const { results } = await answers('{ thing { id label } }', { thing }, {}, 5);
  expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(
    new Set(['{"data":{"thing":{"id":"1","label":"later"}}}']),
  );
  // Five times, once for what is expected, and once more when it was found out.
  expect(called).toBe(7);
});
