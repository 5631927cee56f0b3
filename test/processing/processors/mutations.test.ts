// Files that are damaged at random: each ends INDEXED or with a code. Anything else thrown would be a defect of ours, and a
// process that dies takes the child with it.
import { expect, test } from 'vitest';
import { builtInProcessors } from '../../support/built-in-processors.ts';
import { processAll } from '../../support/processor-input.ts';
import { createRandom, type Random } from '../../support/random.ts';
import { sampleFiles } from '../../support/sample-files.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
const ROUNDS = 150;

test(`end with a result or a code (WAYBILL_TEST_SEED=${SEED})`, async () => {
  const random = createRandom(SEED);
  const processors = builtInProcessors({ gps: true });
  const samples = sampleFiles().filter(({ bytes }) => bytes.length > 0 && bytes.length < 10_000);
  const outcomes = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const { name, contentType, bytes } = random.pick(samples);
    const damaged = damage(Buffer.from(bytes), random);
    // processAll throws what is not a ProcessingError.
    const { outcome, text, found } = await processAll(processors, { bytes: damaged, contentType });
    outcomes.add(outcome);
    expect(text.isWellFormed() && !text.includes('\0'), `${name} in round ${round}`).toBe(true);
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(16 * 1024);
  }
  expect(outcomes).toContain('INDEXED');
  expect(Array.from(outcomes).some((outcome) => outcome.endsWith('_BROKEN'))).toBe(true);
});

function damage(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(at + 1))]);
    case 2:
      return bytes.fill(random.chance(0.5) ? 0xff : 0, at, Math.min(bytes.length, at + 1 + random.below(16)));
    default:
      for (let count = random.below(8); count >= 0; count -= 1) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
  }
}
