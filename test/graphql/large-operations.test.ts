// Operations of a high cost take turns: what waits is bounded, and a caller who has left gets no turn.
import { expect, it } from 'vitest';
import { LargeOperations, sizeOf } from '../../src/graphql/large-operations.ts';
import type { Answer } from '../../src/graphql/print-answer.ts';
import type { OperationArgs } from '../../src/graphql/shared-operation.ts';

const ANSWER: Answer = { data: { a: 1 } };

function makeArgs(variableValues: Record<string, unknown> = {}, caller = new AbortController()): OperationArgs {
  const contextValue = { principal: { tenant: 'a' }, signal: () => caller.signal };
  return { variableValues, contextValue } as unknown as OperationArgs;
}

/** Both turns of the tenant, until they are given up. */
function occupy(large: LargeOperations): () => Promise<readonly Answer[]> {
  const gate = Promise.withResolvers<Answer>();
  const held = [1, 2].map(() => large.take(makeArgs(), 100_000, () => gate.promise));
  return () => {
    gate.resolve(ANSWER);
    return Promise.all(held);
  };
}

it('variables of a mebibyte of brackets wait once, small ones wait meanwhile until the room is full', async () => {
  const large = new LargeOperations();
  const release = occupy(large);
  const brackets = JSON.parse(`[${'[],'.repeat(350_000)}[]]`) as unknown;
  const answers = [brackets, brackets].map((i) => large.take(makeArgs({ i }), 50_000, () => Promise.resolve(ANSWER)));
  expect(await answers[1]).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
  const small = large.take(makeArgs(), 50_000, () => Promise.resolve(ANSWER));
  expect(await release()).toEqual([ANSWER, ANSWER]);
  expect(await Promise.all([answers[0], small])).toEqual([ANSWER, ANSWER]);
});

it('an operation whose caller has left before its turn is not executed', async () => {
  const large = new LargeOperations();
  const release = occupy(large);
  const caller = new AbortController();
  let executed = false;
  const answer = large.take(makeArgs({}, caller), 50_000, () => {
    executed = true;
    return Promise.resolve(ANSWER);
  });
  caller.abort();
  await release();
  expect(await answer).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
  expect(executed).toBe(false);
});

it('an error of the work is not taken for a refusal', async () => {
  const fail = (): Promise<Answer> => Promise.reject(new Error('broken'));
  await expect(new LargeOperations().take(makeArgs(), 50_000, fail)).rejects.toThrow('broken');
});

it('text and values count, and no more than is allowed is counted', () => {
  expect(sizeOf({ variableValues: { i: 'x'.repeat(5_000_000) } })).toBeGreaterThan(100_000);
  expect(sizeOf({ variableValues: { i: Array.from({ length: 1_000 }, () => ({ a: 1, b: 2 })) } })).toBe(8_002);
  expect(sizeOf({ variableValues: { i: Array.from({ length: 3_000_000 }, () => null) } })).toBeLessThan(1_000_002);
});
