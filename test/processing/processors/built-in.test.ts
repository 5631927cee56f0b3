// All built-in processors, in order, over a file of each kind: each ends as it must, and is found by its phrase.
import { expect, test } from 'vitest';
import { findProgram } from '../../../src/processing/media/find-program.ts';
import { builtInOptions } from '../../../src/processing/processors/built-in.ts';
import { builtInProcessors } from '../../support/built-in-processors.ts';
import { processAll } from '../../support/processor-input.ts';
import { sampleFiles } from '../../support/sample-files.ts';

const ffprobe = findProgram('ffprobe', process.env['PATH'] ?? '');
const processors = builtInProcessors({ ffprobe });
const samples = sampleFiles();

test.each(samples)('$name ends $expected', async (sample) => {
  const { outcome, text, found } = await processAll(processors, sample);
  expect(outcome).toBe(sample.expected);
  if (sample.phrase !== null) expect(text).toContain(sample.phrase);
  expect(text).not.toMatch(/scriptwords|stylewords|commentwords|laughwords|root:|\0/);
  expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(16 * 1024);
});

test('each phrase is in one file only', () => {
  const phrases = samples.flatMap(({ phrase }) => phrase ?? []);
  expect(phrases.length).toBeGreaterThan(15);
  expect(new Set(phrases).size).toBe(phrases.length);
});

test('a lying type is refused where configured', async () => {
  const strict = builtInProcessors({ refuseMismatch: true });
  const outcomes = await Promise.all(samples.map((sample) => processAll(strict, sample)));
  const refused = samples.filter((_, index) => outcomes[index]?.outcome === 'MEDIA_TYPE_MISMATCH');
  expect(refused.map(({ name }) => name)).toEqual(['lying.png']);
});

test('the options are JSON, in the order of the list, and make the same processors', async () => {
  const options = builtInOptions({ ffprobe: '/usr/bin/ffprobe', gps: true });
  expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  const names = builtInProcessors({ ffprobe: '/usr/bin/ffprobe' }).map(({ name }) => name);
  expect(Object.keys(options)).toEqual(names);
  expect(Object.keys(builtInOptions())).not.toContain('media');
  for (const name of names) {
    const module = (await import(`../../../src/processing/processors/${name}.ts`)) as Record<string, unknown>;
    const factory = `${name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Processor`;
    expect(module[factory]).toBeTypeOf('function');
  }
});
