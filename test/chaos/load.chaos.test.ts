// The cases of the chaos suite for a few seconds each. `npm run chaos` runs the same for as long as it is told.
import { expect, it } from 'vitest';
import { CASES, faultsOf, runCase, summarise } from './cases.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
const MS = 8_000;

for (const each of CASES) {
  it(`loses nothing, repeats nothing, keeps order while ${each.name}`, async () => {
    const report = await runCase(each, { seed: SEED, ms: MS });
    process.stdout.write(`${each.name}: ${summarise(report)}\n`);
    expect(faultsOf(each, report), summarise(report)).toEqual([]);
  });
}
