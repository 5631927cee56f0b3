// Searches of a tenant that asks for too much, and of others beside it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileSearch } from '../../src/search/search.ts';
import { type Bench, startLifecycle } from '../support/lifecycle.ts';
import { fillTexts } from '../support/texts.ts';

const ALL = {
  states: null,
  nameContains: null,
  metadata: null,
  contentTypes: null,
  createdAfter: null,
  createdBefore: null,
};
const PAGE = { after: null, limit: 8, snippetsOf: 8 };
/** Two run at once, and twenty wait. */
const TAKEN = 22;

let bench: Bench;
beforeAll(async () => {
  bench = await startLifecycle();
  // Each text has to be looked through to its end: there is none of the words in it.
  await fillTexts(bench, { tenant: 'busy', files: 8, words: 'walrus tapir', text: "repeat('ipsum ', 174762)" });
  await fillTexts(bench, { tenant: 'quiet', files: 1, words: 'ocelot' });
});
afterAll(() => bench.stop());

it('a search is served while another tenant asks for more than there is room for', async () => {
  const search = new FileSearch(bench.orm);
  let answered = 0;
  const busy = Array.from({ length: 2 * TAKEN }, async () => {
    const found = await search.find('busy', 'walrus tapir', ALL, PAGE);
    answered += 1;
    return found.length;
  });
  const settled = Promise.allSettled(busy);
  expect(await search.find('quiet', 'ocelot', ALL, PAGE)).toHaveLength(1);
  expect(answered).toBeLessThan(TAKEN);
  const outcomes = await settled;
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(TAKEN);
  expect(outcomes.slice(0, TAKEN)).toEqual(Array.from({ length: TAKEN }, () => ({ status: 'fulfilled', value: 8 })));
});
