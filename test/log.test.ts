// The log of a process: its lines leave together, in their order, and none is lost when the process ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const LOG = new URL('../src/log.ts', import.meta.url).href;

interface Ended {
  readonly lines: string[];
  /** The last line, whole. */
  readonly last: Record<string, unknown>;
  readonly code: number | null;
}

interface Running {
  readonly text: () => string;
  /** Lets it read standard error, which it does not before. */
  read(): void;
  /** Closes standard error, as a reader does that ends. */
  close(): void;
  /** The next word it writes to standard output. */
  says(): Promise<string>;
  endInput(): void;
  ended(): Promise<Ended>;
}

/** Runs code that has two loggers. Its log is without times in what is returned. */
function start(code: string): Running {
  const script = `import { createLogger } from ${JSON.stringify(LOG)};
    import { setTimeout as sleep } from 'node:timers/promises';
    const [one, other] = [createLogger('info'), createLogger('info')];
    ${code}`;
  const args = ['--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let text = '';
  child.stderr.setEncoding('utf8');
  return {
    text: () => text,
    read: () => void child.stderr.on('data', (chunk: string) => (text += chunk)),
    close: () => void child.stderr.destroy(),
    says: async () => String(((await once(child.stdout, 'data')) as [Buffer])[0]),
    endInput: () => void child.stdin.end(),
    async ended() {
      const [exitCode] = await ended;
      const lines = text.split('\n').filter((line) => line.startsWith('{'));
      const parsed = lines.map((line) => JSON.parse(line) as { msg: string });
      return { lines: parsed.map(({ msg }) => msg), last: { ...parsed.at(-1) }, code: exitCode };
    },
  };
}

const LINES = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`);
const LOG_LINES = 'for (let at = 0; at < COUNT; at += 1) (at % 2 ? other : one).info(`line ${at}`);';
const logLines = (count: number): string => LOG_LINES.replace('COUNT', String(count));

it.each([
  ['process.exit', 'process.exit(3)', 3],
  ['an exception', `throw new Error('no')`, 1],
  ['nothing left to do', '', 0],
])('all lines are there when a process ends by %s', async (_how, end, code) => {
  // Some are on their way already, and some wait.
  const child = start(`${logLines(2_000)} await sleep(1); one.info('line 2000'); ${end}`);
  child.read();
  expect(await child.ended()).toMatchObject({ lines: LINES(2_001), code });
});

it('all lines are there when the reader was slow and the process has ended', async () => {
  const child = start(`${logLines(5_000)} process.stdout.write('logged'); process.exit(3)`);
  expect(await child.says()).toBe('logged');
  child.read();
  expect(await child.ended()).toMatchObject({ lines: LINES(5_000), code: 3 });
});

it('a line leaves soon, while the process goes on', async () => {
  const child = start(`one.info('end me'); process.stdin.resume();`);
  child.read();
  await expect.poll(child.text, { timeout: 60_000 }).toContain('"end me"');
  child.endInput();
  expect(await child.ended()).toMatchObject({ lines: ['end me'], code: 0 });
});

it('a reader that stops does not stop the process, and what is too much is dropped and counted', async () => {
  const long = `const long = 'x'.repeat(10_000); for (let at = 0; at < 2_000; at += 1) one.info({ long }, 'line ' + at);`;
  const child = start(`${long} await sleep(100); process.stdout.write('goes on'); process.stdin.resume();`);
  expect(await child.says()).toBe('goes on');
  child.read();
  await expect.poll(child.text, { timeout: 60_000 }).toContain('nobody read them');
  child.endInput();
  const { lines, last, code } = await child.ended();
  const dropped = Number(last['lines']);
  expect(code).toBe(0);
  expect(last).toMatchObject({ level: 40 });
  expect(dropped).toBeGreaterThan(500);
  expect(lines.slice(0, -1)).toEqual(LINES(2_000 - dropped));
});

it('a reader that has gone does not end the process', async () => {
  const child = start(`process.stdin.once('end', () => { ${logLines(100)} setTimeout(() => process.exit(3), 100); });
    process.stdin.resume(); process.stdout.write('ready');`);
  expect(await child.says()).toBe('ready');
  child.close();
  child.endInput();
  expect(await child.ended()).toMatchObject({ code: 3 });
});
