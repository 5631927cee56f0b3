// The API against a model of it, over a thousand random runs. A failure prints its seed and path, and the shortest run
// fast-check could make of it; WAYBILL_TEST_SEED brings a seed back.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EVENTS } from '../fsm/contract-table.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { Model } from '../support/model.ts';
import { countFiles } from '../support/operations.ts';
import { type Run, commands, registerOne } from './model-commands.ts';

const RUNS = 1_000;
// Runs at once: their commands meet in shared batches, as those of many clients do.
const WORKERS = 4;
const MAX_ATTEMPTS = 2;
const REFUSALS = [
  'TRANSITION_NOT_ALLOWED',
  'GUARD_REJECTED',
  'STALE_VERSION',
  'IDEMPOTENCY_MISMATCH',
  'FILE_NOT_FOUND',
  'INVALID_INPUT',
];
const { WAYBILL_TEST_SEED: given } = process.env;

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ env: { WAYBILL_MAX_ATTEMPTS: String(MAX_ATTEMPTS) } });
});
afterAll(() => waybill.stop());

it('answers a thousand random runs, several at once, as the model does', { timeout: 600_000 }, async () => {
  // One model for all runs: each has files of its own, the counts in the end are of all.
  const model = new Model(MAX_ATTEMPTS);
  const met = new Set<string>();
  let runs = 0;
  const property = fc.asyncProperty(commands, async (sequence) => {
    runs += 1;
    // The hyphens keep the name of one run from being part of another's.
    const real: Run = { url: waybill.url, model, files: [], keys: new Map(), asked: [], name: `-${runs}-`, met };
    const known = { files: 0 };
    await registerOne({ size: 7, transfer: 'EXTERNAL', key: null }).run(known, real);
    await fc.asyncModelRun(() => ({ model: known, real }), sequence);
  });
  const worker = async (_: unknown, index: number): Promise<void> => {
    const seed = given === undefined ? {} : { seed: Number(given) + index };
    await fc.assert(property, { numRuns: RUNS / WORKERS, ...seed });
  };
  for (const ended of await Promise.allSettled(Array.from({ length: WORKERS }, worker))) {
    if (ended.status === 'rejected') throw ended.reason;
  }
  expect(runs).toBeGreaterThanOrEqual(RUNS);
  expect(await countFiles(waybill.url)).toEqual(model.counts);
  expect([...met], 'what the runs have met').toEqual(expect.arrayContaining([...EVENTS, ...REFUSALS, 'replayed']));
});
