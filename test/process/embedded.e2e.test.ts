// `node src/main.ts` with nothing set but a data directory: the whole product, its own database included, through
// orderly stops, a second program, and kill -9.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { readPidFile } from '../../src/db/embedded/pid-file.ts';
import { newFile, readFile, send, transition } from '../support/client.ts';
import { cleanUp, makeDir, onCleanUp } from '../support/embedded.ts';
import { get } from '../support/http.ts';
import { type WaybillProcess, runToEnd, startProcess } from '../support/process.ts';

afterEach(cleanUp);

async function start(dir: string): Promise<WaybillProcess> {
  const program = await startProcess({ WAYBILL_DATA_DIR: dir });
  onCleanUp(async () => {
    if (program.child.exitCode === null && program.child.signalCode === null) await program.end('SIGTERM');
  });
  return program;
}

it('prints the ready line and nothing else on standard output, and JSON lines on standard error', async () => {
  const dir = await makeDir();
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const env = { PATH: process.env['PATH'] ?? '', PORT: '0', WAYBILL_DATA_DIR: dir };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onCleanUp(() => child.kill('SIGTERM'));
  const output = { stdout: '', stderr: '' };
  const ended = once(child, 'close');
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      if (output.stdout.includes('\n')) resolve();
    });
  });
  await ready;
  const [, url = ''] = /^waybill ready (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(output.stdout) ?? [];
  expect(url).not.toBe('');
  const id = await newFile(url);
  await transition(url, id, 'START_UPLOAD');
  await send(url, '{ nope }');
  // As npm does with the Ctrl-C that the terminal has sent already.
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(output.stdout).toBe(`waybill ready ${url}\n`);
  const lines = output.stderr.trimEnd().split('\n');
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(messages).toContain('transition');
  expect(messages).toContain('stopping');
});

it('finds its data again after a stop; meanwhile a second program on the same directory says so and exits', async () => {
  const dir = await makeDir();
  const first = await start(dir);
  const id = await newFile(first.url, { name: 'kept' });
  await transition(first.url, id, 'START_UPLOAD');

  const second = await runToEnd({ WAYBILL_DATA_DIR: dir });
  expect(second).toMatchObject({ code: 1, stdout: '' });
  const [line = ''] = second.stderr.trimEnd().split('\n').slice(-1);
  expect(JSON.parse(line)).toMatchObject({ level: 60, code: 'DATA_DIR_IN_USE' });
  expect(line).toContain(dir);
  expect(line).toContain(`pid ${first.child.pid}`);
  expect((await get(first.url, '/readyz')).status, 'the first is untouched').toBe(200);

  expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
  const again = await start(dir);
  expect(await readFile(again.url, id)).toMatchObject({ state: 'UPLOADING', version: 1 });
  expect(await again.end('SIGINT')).toEqual({ code: 0, signal: null });
});

it('has every acknowledged change after kill -9', async () => {
  const dir = await makeDir();
  const first = await start(dir);
  const acknowledged = new Map<string, number>();
  const work = async (): Promise<void> => {
    for (;;) {
      const id = await newFile(first.url);
      acknowledged.set(id, 0);
      const { file } = await transition(first.url, id, 'START_UPLOAD');
      acknowledged.set(id, file?.version ?? 0);
    }
  };
  const broken = Promise.allSettled(Array.from({ length: 8 }, work));
  while (acknowledged.size < 100) await sleep(5);
  expect(await first.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  await broken;

  const again = await start(dir);
  for (const [id, version] of acknowledged) {
    const file = await readFile(again.url, id);
    expect(file?.version, id).toBeGreaterThanOrEqual(version);
  }
  const { data } = await send<{ fileCounts: { count: number }[] }>(again.url, '{ fileCounts { count } }');
  const total = data?.fileCounts.reduce((sum, { count }) => sum + count, 0);
  expect(total).toBeGreaterThanOrEqual(acknowledged.size);
  expect(total, 'at most the one each had under way besides').toBeLessThanOrEqual(acknowledged.size + 8);
  expect(await again.end('SIGTERM')).toEqual({ code: 0, signal: null });
});

it('exits with 1 and logs why when something else ends its database server', async () => {
  const dir = await makeDir();
  const program = await start(dir);
  const server = await readPidFile(`${dir}/postgres`);
  // All that it has said is read by then.
  const ended = once(program.child, 'close');
  process.kill(server!.pid, 'SIGQUIT');
  expect(await ended).toEqual([1, null]);
  const fatal = program.log.find(({ level }) => level === 60);
  expect(fatal?.msg).toMatch(/embedded PostgreSQL server has ended/);
});
