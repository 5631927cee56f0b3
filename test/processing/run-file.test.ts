// Processors on healthy files: order, findings, progress, children that are used again, and bytes that are not there.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { ProcessorRun } from '../../src/processing/run-file.ts';
import { until } from '../support/until.ts';
import { FIXTURES, childPids, jobOf, openRunner } from './runner.ts';

const DETECTS = { label: 'detects', path: join(FIXTURES, 'detects.ts'), exportName: 'mediaTypeProcessor' };
const FACTS = { label: 'facts', path: join(FIXTURES, 'facts.ts') };

describe('processors', () => {
  test('run in their order, each with what those before it found', async () => {
    const runs: ProcessorRun[] = [];
    const processors = [{ ...DETECTS, options: { strict: true } }, FACTS];
    await using runner = await openRunner([], { processors, onRun: (run) => runs.push(run) });
    expect(runner.processors).toEqual([
      { name: 'media-type', version: '1' },
      { name: 'facts', version: '1.2' },
    ]);
    expect(await runner.run(jobOf('%', { contentType: 'image/png' }))).toEqual({
      outcome: 'completed',
      properties: {
        'media-type': { detected: 'text/plain', options: { strict: true }, version: '1' },
        facts: { size: 1, name: 'a.txt', before: ['media-type'], version: '1.2' },
      },
      text: '%',
    });
    expect(runs.map(({ processor, code }) => [processor, code])).toEqual([
      ['media-type', null],
      ['facts', null],
    ]);
  });

  test('that do not accept what the bytes are do not run', async () => {
    await using runner = await openRunner(['facts']);
    expect(await runner.run(jobOf('x', { contentType: 'image/png' }))).toEqual({
      outcome: 'completed',
      properties: {},
      text: null,
    });
  });

  test('report progress over all of them, and it never goes back', async () => {
    await using runner = await openRunner([], { processors: [DETECTS, FACTS] });
    const seen: { fraction: number; message: string }[] = [];
    await runner.run(jobOf('%', {}, { onProgress: (progress) => seen.push(progress) }));
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(seen).toContainEqual({ fraction: 0.75, message: 'half way' });
  });

  test('get the network and the variables that they ask for, in a child without the others', async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const SERVICE_URL = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    try {
      await using runner = await openRunner(['facts', 'asks'], {
        environment: { SERVICE_URL, DATABASE_URL: 'postgres://secret' },
      });
      const outcome = await runner.run(jobOf('bytes'));
      expect(outcome).toMatchObject({
        outcome: 'completed',
        properties: {
          asks: { answer: 'hello', own: 'bytes', variables: ['SERVICE_URL', 'TZ'], before: ['facts'] },
        },
      });
      expect(await childPids()).toHaveLength(2);
      // The file that both children have seen is not used again.
      expect(await runner.run(jobOf('more bytes'))).toMatchObject({
        properties: { asks: { own: 'more bytes' } },
        text: 'more bytes',
      });
    } finally {
      server.close();
    }
  });
});

describe('children', () => {
  test('are used for one file after another, and replaced after so many', async () => {
    await using runner = await openRunner(['facts'], { limits: { filesPerChild: 3 } });
    const pids: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      await runner.run(jobOf('x'));
      pids.push(...(await childPids()));
    }
    // Gone after the third, a new one for the fourth.
    expect(pids).toHaveLength(3);
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[0]);
  });

  test('have one file at a time: several files take several', async () => {
    await using runner = await openRunner(['facts']);
    const outcomes = await Promise.all(['a', 'b', 'c'].map((content) => runner.run(jobOf(content))));
    expect(outcomes.map((each) => (each.outcome === 'completed' ? each.text : each))).toEqual(['a', 'b', 'c']);
    expect(await childPids()).toHaveLength(3);
  });

  test('end when they have had no work for a while, and others take their place', async () => {
    await using runner = await openRunner(['facts'], { limits: { idleMs: 50 } });
    await runner.run(jobOf('x'));
    await until(childPids, (pids) => pids.length === 0);
    expect(await runner.run(jobOf('y'))).toMatchObject({ text: 'y' });
  });

  test('that were killed while they waited are replaced', async () => {
    await using runner = await openRunner(['facts']);
    await runner.run(jobOf('x'));
    const killed = await childPids();
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    // The runner may hear of it while the next file is in work. That one fails then, and may be tried again.
    const failures: unknown[] = [];
    const run = async (): Promise<boolean> => {
      const outcome = await runner.run(jobOf('y'));
      if (outcome.outcome === 'failed') failures.push(outcome.failure);
      return outcome.outcome === 'completed' && (await childPids()).every((pid) => !killed.includes(pid));
    };
    await until(run, (isReplaced) => isReplaced);
    expect(failures.length).toBeLessThanOrEqual(1);
    for (const each of failures) expect(each).toMatchObject({ code: 'PROCESSOR_CRASHED', retryable: true });
  });
});

describe('the bytes', () => {
  test('of an empty file are none', async () => {
    await using runner = await openRunner(['facts']);
    expect(await runner.run(jobOf(''))).toMatchObject({ properties: { facts: { size: 0 } }, text: null });
  });

  test('that cannot be opened, break off or are too many fail the file, for now', async () => {
    await using runner = await openRunner(['facts']);
    const open = [
      async (): Promise<Readable> => await Promise.reject(new Error('the store is away')),
      async () => Readable.from([Buffer.from('12')]),
      async () => Readable.from([Buffer.from('1234')]),
      async () =>
        Readable.from(
          (async function* broken() {
            yield Buffer.from('1');
            throw new Error('reset');
          })(),
        ),
    ];
    const failure = { code: 'BYTES_UNREADABLE', message: 'The bytes of the file could not be read.', retryable: true };
    for (const each of open)
      expect(await runner.run(jobOf('123', {}, { open: each }))).toEqual({ outcome: 'failed', failure });
    expect(await runner.run(jobOf('123'))).toMatchObject({ text: '123' });
    expect(runner.log.filter(({ msg }) => String(msg).includes('could not be made ready'))).toHaveLength(4);
  });
});
