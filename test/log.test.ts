// The log of a process: its lines leave together, in their order, and none is lost when the process ends.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryDir, createTemporaryDir } from './support/temporary-dir.ts';

const LOG = new URL('../src/log.ts', import.meta.url).href;
/** Its own standard error goes to a file of this name. */
const TO_FILE = ['sh', '-c', 'exec "$@" 2>"$0"'];

interface Line {
  readonly msg: string;
  readonly level: number;
  /** Of the line that says how many were dropped. */
  readonly lines?: number;
}

interface Running {
  /** The text of standard error, which is not read before. */
  read(): { readonly text: string };
  /** Closes standard error, as a reader does that ends. */
  close(): void;
  /** What it writes to standard output next. */
  says(): Promise<string>;
  endInput(): void;
  exited(): Promise<number | null>;
  /** Once its standard error has been read to the end. */
  closed(): Promise<void>;
}

/** Runs code that has two loggers, with a file as its standard error or with one that `read` reads. */
function start(code: string, file?: string): Running {
  const script = `import { createLogger } from ${JSON.stringify(LOG)};
    import { setTimeout as sleep } from 'node:timers/promises';
    const [one, other] = [createLogger('info'), createLogger('info')];
    ${code}`;
  const node = [process.execPath, '--input-type=module', '-e', script];
  const [command = '', ...args] = file === undefined ? node : [...TO_FILE, file, ...node];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const closed = once(child, 'close');
  child.stderr.setEncoding('utf8');
  return {
    read() {
      const read = { text: '' };
      child.stderr.on('data', (chunk: string) => (read.text += chunk));
      return read;
    },
    close: () => void child.stderr.destroy(),
    says: async () => String(((await once(child.stdout, 'data')) as [Buffer])[0]),
    endInput: () => void child.stdin.end(),
    exited: async () => (await exited)[0],
    closed: async () => void (await closed),
  };
}

/** What Node itself says between them is left out. */
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
const messagesOf = (text: string): string[] => linesOf(text).map(({ msg }) => msg);

const messages = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`);
const logLines = (count: number): string =>
  `for (let at = 0; at < ${count}; at += 1) (at % 2 ? other : one).info('line ' + at);`;
const DROPPED = 'lines of the log were dropped: nobody read them';
const PATIENT = { timeout: 60_000 };

it.each([
  ['process.exit', 'process.exit(3)', 3],
  ['an exception', `throw new Error('no')`, 1],
  ['nothing left to do', '', 0],
])('all lines are there when a process ends by %s', async (_how, end, code) => {
  const child = start(`${logLines(2_000)} ${end}`);
  const read = child.read();
  await child.closed();
  expect(messagesOf(read.text)).toEqual(messages(2_000));
  expect(await child.exited()).toBe(code);
});

it('they are when some have left already', async () => {
  const child = start(`${logLines(1_000)} await sleep(50); one.info('line 1000'); process.exit(3)`);
  const read = child.read();
  await child.closed();
  expect(messagesOf(read.text)).toEqual(messages(1_001));
});

it('a line leaves soon, while the process goes on', async () => {
  const child = start(`one.info('line 0'); process.stdin.resume();`);
  const read = child.read();
  await expect.poll(() => messagesOf(read.text), PATIENT).toEqual(['line 0']);
  child.endInput();
  expect(await child.exited()).toBe(0);
});

it('a reader that stops does not stop the process, and what is too much is dropped and counted', async () => {
  const long = `const long = 'ä'.repeat(5_000); for (let at = 0; at < 2_000; at += 1) one.info({ long }, 'line ' + at);`;
  const child = start(`${long} await sleep(100); process.stdout.write('goes on'); process.stdin.resume();`);
  expect(await child.says()).toBe('goes on');
  const read = child.read();
  await expect.poll(() => read.text.endsWith('}\n') && read.text.includes(DROPPED), PATIENT).toBe(true);
  child.endInput();
  await child.closed();
  const lines = linesOf(read.text);
  const { lines: dropped = 0, level } = lines.pop()!;
  expect(level).toBe(40);
  // 20 MB were logged, and 8 MiB are held.
  expect(dropped).toBeGreaterThan(1_000);
  expect(lines.map(({ msg }) => msg)).toEqual(messages(2_000 - dropped));
  expect(await child.exited()).toBe(0);
});

it('a process ends though nobody reads its log', async () => {
  const child = start(`${logLines(10_000)} process.exit(3)`);
  expect(await child.exited()).toBe(3);
  child.close();
});

it('a reader that has gone does not end the process', async () => {
  const child = start(`process.stdin.once('end', () => { ${logLines(100)} setTimeout(() => process.exit(3), 100); });
    process.stdin.resume(); process.stdout.write('ready');`);
  expect(await child.says()).toBe('ready');
  child.close();
  child.endInput();
  expect(await child.exited()).toBe(3);
});

describe('through a named pipe', () => {
  let directory: TemporaryDir;
  let path: string;
  let opening: Promise<FileHandle>;
  beforeEach(async () => {
    directory = await createTemporaryDir();
    path = join(directory.path, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    opening = open(path, 'r');
  });
  afterEach(() => directory.remove());

  /** Reads until the condition holds for all that was read. */
  async function readUntil(pipe: FileHandle, isEnough: (text: string) => boolean): Promise<string> {
    const chunks: Buffer[] = [];
    for (;;) {
      const { bytesRead, buffer } = await pipe.read(Buffer.alloc(10_000));
      chunks.push(buffer.subarray(0, bytesRead));
      const text = Buffer.concat(chunks).toString();
      if (bytesRead === 0 || isEnough(text)) return text;
    }
  }

  it('a reader that is slow gets every line once, with letters of several bytes', async () => {
    const wide = 'ä€😀'.repeat(10_000);
    const child = start(`one.info('${wide}'); ${logLines(5_000)} process.stdin.resume();`, path);
    const pipe = await opening;
    const text = await readUntil(pipe, (read) => read.endsWith('"line 4999"}\n'));
    await pipe.close();
    child.endInput();
    expect(messagesOf(text)).toEqual([wide, ...messages(5_000)]);
    expect(await child.exited()).toBe(0);
  });

  it('the next reader is told how many lines nobody has read', async () => {
    const logs = `setInterval(() => one.info('line'), 5); process.stdin.once('end', () => process.exit()).resume();`;
    const child = start(logs, path);
    const first = await opening;
    expect(await readUntil(first, (text) => text.includes('\n'))).toContain('"line"');
    await first.close();
    for (let text = ''; !text.includes(DROPPED);) {
      // Meanwhile some are logged, unless the machine is very slow.
      await sleep(100);
      const pipe = await open(path, 'r');
      text = await readUntil(pipe, (read) => read.includes(`${DROPPED}"}\n`) || read.split('\n').length > 20);
      await pipe.close();
    }
    child.endInput();
    expect(await child.exited()).toBe(0);
  });
});
