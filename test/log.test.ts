// The log of a process: its lines leave together, in their order, and none is lost when the process ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const LOG = new URL('../src/log.ts', import.meta.url).href;

/** Runs code that has two loggers. @returns what it has logged, without times, and its exit code */
async function run(code: string): Promise<{ lines: string[]; code: number | null }> {
  const script = `import { createLogger } from ${JSON.stringify(LOG)};
    const [one, other] = [createLogger('info'), createLogger('info')];
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'inherit', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.includes('"end me"')) child.stdin.end();
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return { lines: lines.map((line) => (JSON.parse(line) as { msg: string }).msg), code: exitCode };
}

it.each([
  ['process.exit', 'process.exit(3)', 3],
  ['an exception', `throw new Error('no')`, 1],
  ['nothing left to do', '', 0],
])('all lines are there when a process ends by %s', async (_how, end, code) => {
  const ended = await run(`for (let at = 0; at < 2_000; at += 1) (at % 2 ? other : one).info('line ' + at); ${end}`);
  expect(ended).toEqual({ lines: Array.from({ length: 2_000 }, (_, at) => `line ${at}`), code });
});

it('a line leaves soon, while the process goes on', async () => {
  expect(await run(`one.info('end me'); process.stdin.resume();`)).toEqual({ lines: ['end me'], code: 0 });
});
