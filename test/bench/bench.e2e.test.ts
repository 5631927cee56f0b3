// `npm run bench` as a user runs it, shortened: what it prints, what it saves, what it leaves behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drawDocument } from '../../bench/output/document.ts';
import type { Result } from '../../bench/result.ts';

const BENCH = join(import.meta.dirname, '../../bench/main.ts');
/** A server is made, and is asked for a while. */
const TIMEOUT = { timeout: 300_000 };

let temporary: string;
let results: string;
beforeEach(async () => {
  temporary = await realpath(await mkdtemp(join(tmpdir(), 'waybill-bench-test-')));
  results = await mkdtemp(join(tmpdir(), 'waybill-bench-results-'));
  await chmod(temporary, 0o711);
});
afterEach(async () => {
  for (const folder of [temporary, results]) await rm(folder, { recursive: true, force: true });
});

function start(...args: string[]): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
  // What a person has set for an instance of their own must not reach the throw-away one.
  const env = { ...process.env, TMPDIR: temporary, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', PORT: '1' };
  const child = spawn(process.execPath, [BENCH, ...args, '--results', results], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return { child, output: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const { ended, output } = start(...args);
  return { code: await ended, output: output() };
}

test('a quick run of one bench prints its table, writes its JSON and leaves nothing behind', TIMEOUT, async () => {
  const { code, output } = await run('--quick', '--only', 'http');
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toMatch(/\{ __typename \}, 10 clients +requests\/s +[\d,]+ +[\d,]+, bare node:http +[\d.]+/);

  const result = JSON.parse(await readFile(join(results, 'quick/http.json'), 'utf8')) as Result;
  expect(result).toMatchObject({ bench: 'http', quick: true, machine: { node: process.versions.node } });
  expect(result.machine.settings).toMatchObject({ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' });
  const [figure] = result.figures;
  expect(figure?.subject.median).toBeGreaterThan(0);
  expect(figure?.ratio?.median).toBeCloseTo(figure!.subject.median / figure!.baseline!.value.median, 10);
  expect(drawDocument([result])).toContain('![The smallest question over HTTP](performance/http.svg)');
  expect(await readdir(temporary)).toEqual([]);
});

test('a run that is broken off stops everything it has started, also when that is said twice', TIMEOUT, async () => {
  const { child, output, ended } = start('--quick', '--only', 'memory');
  await expect.poll(output, { timeout: 120_000 }).toContain('memory: ');
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect(await ended, output()).toBe(130);
  expect(await readdir(temporary)).toEqual([]);
});

test('what it does not know is refused with what it does', async () => {
  const { code, output } = await run('--only', 'htttp');
  expect(code).toBe(1);
  expect(output).toMatch(/there is no bench "htttp"[\s\S]*--only +some of transitions, /);
  const hasty = await run('--quick', '--write-docs');
  expect(hasty).toMatchObject({ code: 1, output: expect.stringContaining('too little') as string });
});
