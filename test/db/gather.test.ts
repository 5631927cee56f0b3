// Calls of the same moment share a statement; each gets its own result, and a failure reaches those of its statement only.
import { expect, it } from 'vitest';
import { Gatherer } from '../../src/db/gather.ts';

it('brings calls together while statements run', async () => {
  const statements: { readonly items: readonly number[]; readonly end: () => void }[] = [];
  const double = new Gatherer(async (items: readonly number[]) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    statements.push({ items, end: resolve });
    await promise;
    return items.map((item) => item * 2);
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const answers = [double.add(1), double.add(2)];
  await turn();
  answers.push(double.add(3));
  await turn();
  answers.push(double.add(4), double.add(5));
  await turn();
  expect(
    statements.map(({ items }) => items),
    'two at a time',
  ).toEqual([[1, 2], [3]]);
  statements[1]!.end();
  expect(await answers[2]).toBe(6);
  await turn();
  expect(statements[2]?.items).toEqual([4, 5]);
  for (const { end } of statements) end();
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10]);
});

it('fails those of a failed statement, and goes on', async () => {
  const gatherer = new Gatherer(async (items: readonly string[]) => {
    if (items.includes('bad')) throw new Error('refused');
    return await Promise.resolve(items);
  });
  const failed = await Promise.allSettled([gatherer.add('bad'), gatherer.add('beside it')]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await gatherer.add('good')).toBe('good');
});

it('sends no more than 256 items at once', async () => {
  const sizes: number[] = [];
  const gatherer = new Gatherer(async (items: readonly number[]) => {
    sizes.push(items.length);
    return await Promise.resolve(items);
  });
  await Promise.all(Array.from({ length: 600 }, (_, item) => gatherer.add(item)));
  expect(sizes).toEqual([256, 256, 88]);
});
