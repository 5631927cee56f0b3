// What WAYBILL_PROCESSORS may say, and what is said about a module that is no processor: one plain sentence, at the start.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StartupError } from '../../src/errors.ts';
import { readProcessorList } from '../../src/processing/processor-list.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';
import { FIXTURES, childPids, jobOf, openRunner, tempDirOf } from './runner.ts';

const BUILT_IN = { 'media-type': { refuseMismatch: true }, text: {} };

let dir: TemporaryDir;
beforeAll(async () => {
  dir = await createTemporaryDir();
});
afterAll(() => dir.remove());

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    expect(error).toMatchObject({ code: 'INVALID_CONFIGURATION' });
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('a list of processors', () => {
  test('names built-in ones and paths, in order', () => {
    const read = readProcessorList(' media-type, ./facts.ts,text ', BUILT_IN, FIXTURES);
    expect(read).toEqual([
      {
        label: 'media-type',
        path: join(import.meta.dirname, '../../src/processing/processors/media-type.ts'),
        exportName: 'mediaTypeProcessor',
        options: { refuseMismatch: true },
      },
      { label: './facts.ts', path: join(FIXTURES, 'facts.ts') },
      expect.objectContaining({ label: 'text', exportName: 'textProcessor' }),
    ]);
    expect(readProcessorList('', BUILT_IN, FIXTURES)).toEqual([]);
  });

  test.each([
    ['media-typ', 'WAYBILL_PROCESSORS names media-typ, and there is no such processor. There are media-type, text; '],
    ['constructor', 'WAYBILL_PROCESSORS names constructor, and there is no such processor.'],
    ['text,text', 'WAYBILL_PROCESSORS names text twice.'],
    ['./gone.ts', `WAYBILL_PROCESSORS names ./gone.ts, and there is no file ${join(FIXTURES, 'gone.ts')}.`],
    ['./', 'WAYBILL_PROCESSORS names ./, which is not a file.'],
  ])('such as %s is refused', async (value, message) => {
    expect(await messageOf(() => readProcessorList(value, BUILT_IN, FIXTURES))).toContain(message);
  });
});

describe('a module', () => {
  const about = (rest: string): string => `export default { name: 'own', version: '1', accepts: () => true, ${rest} };`;
  const RUN = 'run: async () => ({})';

  test.each([
    ['throws', 'throw new Error("no\\nway");', 'cannot be loaded: no way.'],
    ['is no JavaScript', 'export default {', 'cannot be loaded: '],
    ['imports what is not there', "import 'no-such-package';", 'cannot be loaded: '],
    ['has no default export', 'export const processor = {};', 'has no processor as its default export.'],
    ['has a bad name', `export default { name: 'Own One' };`, 'needs a name of lower-case letters, digits and hyphens'],
    ['has no version', `export default { name: 'own', version: 1 };`, 'needs a version: a text of 1 to 64 characters.'],
    ['has no accepts', `export default { name: 'own', version: '1' };`, 'has no function accepts.'],
    ['has no run', about(''), 'has no function run.'],
    [
      'has wrong needs',
      `export const needs = 'network'; ${about(RUN)}`,
      'has wrong needs; an example of right ones is',
    ],
    ['needs what is no variable', `export const needs = { env: ['A=B'] }; ${about(RUN)}`, 'has wrong needs;'],
    [
      'needs a variable that is not set',
      `export const needs = { env: ['NO_SUCH'] }; ${about(RUN)}`,
      'needs the environment variable NO_SUCH, which is not set.',
    ],
    ['ends its process', 'process.exit(3);', 'cannot be loaded: its process ended with exit code 3'],
  ])('that %s is refused at the start', async (name, text, message) => {
    const path = await dir.write(`${name.replaceAll(' ', '-')}/own.mjs`, text);
    const found = await messageOf(() => openRunner([path]));
    expect(found).toContain(message);
    expect(found).not.toContain('\n');
    expect(found.startsWith(`${path} `)).toBe(true);
    expect(await childPids()).toEqual([]);
  });

  test('that never finishes loading is refused too', async () => {
    const path = await dir.write('hangs/own.mjs', 'for (;;);');
    const found = await messageOf(() => openRunner([path], { limits: { startMs: 5_000 } }));
    expect(found).toBe(`${path} cannot be loaded: its process was not ready after 5 s.`);
  });

  test('with the name of another is refused', async () => {
    const path = await dir.write('same/own.mjs', about(RUN));
    const other = await dir.write('other/own.mjs', about(RUN));
    const found = await messageOf(() => openRunner([path, other]));
    expect(found).toBe(`${path} and ${other} are both called own; findings are kept by name, so each needs its own.`);
  });

  test('beside the data directory is refused: it could read all uploads', async () => {
    const path = await dir.write('beside/own.mjs', about(RUN));
    const tempDir = join(dir.path, 'beside', '.waybill', 'tmp', 'processing');
    const found = await messageOf(() => openRunner([path], { tempDir }));
    expect(found).toContain('lies in a folder that the data directory is in too');
    expect(existsSync(tempDir) ? readdirSync(tempDir) : []).toEqual([]);
  });

  test('may import its own files and packages, and nothing else is readable', async () => {
    await dir.write(
      'app/node_modules/counts/package.json',
      '{ "name": "counts", "type": "module", "main": "index.js" }',
    );
    await dir.write('app/node_modules/counts/index.js', 'export const count = (text) => text.length;');
    await dir.write('app/processors/helper.mjs', "export { count } from 'counts';");
    await dir.write('app/.env', 'SECRET=1');
    const path = await dir.write(
      'app/processors/own.mjs',
      `import { readFileSync } from 'node:fs';
       import { count } from './helper.mjs';
       let secret;
       try { secret = readFileSync(new URL('../.env', import.meta.url), 'utf8'); } catch (error) { secret = error.code; }
       export default { name: 'own', version: '1', accepts: () => true,
         run: async () => ({ properties: { count: count('four'), secret } }) };`,
    );
    await using runner = await openRunner([path]);
    expect(await runner.run(jobOf('x'))).toMatchObject({
      properties: { own: { count: 4, secret: 'ERR_ACCESS_DENIED' } },
    });
    expect(readdirSync(tempDirOf(runner.dir))).toHaveLength(1);
  });
});
