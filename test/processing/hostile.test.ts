// Processors that do everything wrong: each ends as a typed failure of its own file, and no other file notices.
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FIXTURES, SMALL, hostileJob, jobOf, openRunner } from './runner.ts';

/** For what ends by itself, or by another limit than time: gigabytes take a busy machine more than a few seconds. */
const runner = await openRunner(['facts', 'hostile'], { limits: { ...SMALL, processorMs: 60_000 } });
const hasty = await openRunner(['facts', 'hostile']);
afterAll(async () => {
  await runner[Symbol.asyncDispose]();
  await hasty[Symbol.asyncDispose]();
});

const TIMEOUT = { code: 'PROCESSOR_TIMEOUT', retryable: false };
const MEMORY = { code: 'PROCESSOR_OUT_OF_MEMORY', retryable: false };
const OUTPUT = { code: 'PROCESSOR_OUTPUT_TOO_LARGE', retryable: false };
const CRASH = { code: 'PROCESSOR_CRASHED', retryable: false };
const FAILED = { code: 'PROCESSOR_FAILED', retryable: true };
const failedWith = (message: string) => ({ ...FAILED, message: `The processor hostile failed: ${message}` });

const ENDS: [does: string, failure: object][] = [
  ['throws', failedWith('no such luck')],
  ['throws nothing', failedWith('threw undefined')],
  ['throws what cannot be printed', failedWith('threw something that cannot be printed')],
  ['throws at the question', failedWith('what a question')],
  ['throws where nobody waits', failedWith('too late')],
  ['rejects where nobody waits', failedWith('nobody waits')],
  ['fails in its own words', { code: 'TOO_PURPLE', message: 'It is purple.', retryable: true }],
  ['fails with a wrong code', FAILED],
  ['loops', TIMEOUT],
  ['waits forever', TIMEOUT],
  ['fills the heap', MEMORY],
  ['fills memory with buffers', MEMORY],
  ['fills memory with buffers at once', MEMORY],
  ['prints gigabytes', OUTPUT],
  ['complains in gigabytes', OUTPUT],
  ['sends a gigabyte', OUTPUT],
  ['sends a gigabyte of progress', OUTPUT],
  ['sends megabytes of findings', OUTPUT],
  ['sends no JSON', CRASH],
  ['sends an unknown message', CRASH],
  ['says that another one has begun', CRASH],
  ['exits', { ...CRASH, message: 'The process of the processor hostile ended with exit code 7.' }],
  ['aborts', CRASH],
  ['kills its parent', FAILED],
  ['stops itself', FAILED],
  ['starts a program', FAILED],
  ['reads what it may not', FAILED],
  ['finds too much', OUTPUT],
  ['finds too much in depth', OUTPUT],
  ['finds itself', FAILED],
  ['finds what JSON has no word for', FAILED],
  ['finds no object', failedWith('The properties it found are not an object.')],
  ['finds no text', failedWith('The text it found is not a string.')],
];

describe('a processor that', () => {
  test.each(ENDS)('%s fails its file, and no other', { timeout: 120_000 }, async (does, failure) => {
    const own = failure === TIMEOUT ? hasty : runner;
    const [hostile, healthy] = await Promise.all([own.run(hostileJob(does)), own.run(jobOf('well'))]);
    expect(hostile).toEqual({ outcome: 'failed', failure: expect.objectContaining(failure) });
    expect(healthy).toMatchObject({ outcome: 'completed', text: 'well' });
    expect(await own.run(jobOf('still well'))).toMatchObject({ outcome: 'completed', text: 'still well' });
  });
});

test('what a processor wrote before it ended is logged with its failure', async () => {
  await runner.run(hostileJob('exits'));
  expect(runner.log).toContainEqual(
    expect.objectContaining({ processor: 'hostile', code: 'PROCESSOR_CRASHED', stderr: 'before it ended' }),
  );
});

describe('what was found', () => {
  test('has neither NUL nor half a surrogate pair nor a prototype in it', async () => {
    const outcome = await runner.run(hostileJob('finds odd characters'));
    expect(outcome).toEqual({
      outcome: 'completed',
      properties: { hostile: { 'a\uFFFD': ['\uFFFD', '\uFFFD'], inf: 1, version: '1' } },
      text: 'a\uFFFDb \uFFFD c',
    });
  });

  test('is cut between two characters where it is too long', async () => {
    const outcome = await runner.run(hostileJob('finds a long text'));
    const text = outcome.outcome === 'completed' ? (outcome.text ?? '') : '';
    expect(text).toBe('€'.repeat(Math.floor((1024 * 1024) / 3)));
  });

  test('is cut too where several processors find too much, in the same child', async () => {
    const path = join(FIXTURES, 'hostile.ts');
    const specOf = (name: string) => ({ label: name, path, exportName: 'wordy', options: { name } });
    await using wordy = await openRunner([], { processors: ['one', 'two', 'three'].map(specOf) });
    const outcome = await wordy.run(jobOf('x'));
    expect(outcome, JSON.stringify(outcome).slice(0, 500)).toMatchObject({ outcome: 'completed' });
    const text = outcome.outcome === 'completed' ? outcome.text : '';
    expect(text).toBe('\u4e2d'.repeat(Math.floor((1024 * 1024) / 3)));
    expect(Object.keys(outcome.outcome === 'completed' ? outcome.properties : {})).toEqual(['one', 'two', 'three']);
  });

  test('may be nothing', async () => {
    const outcome = await runner.run(hostileJob('finds nothing at all'));
    expect(outcome).toEqual({ outcome: 'completed', properties: { hostile: { version: '1' } }, text: null });
  });
});
