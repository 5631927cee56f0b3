// waybill wait, cancel and reprocess, and what upload --wait shows of processing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile, transition } from '../support/client.ts';
import { type RunningCli, readJsonLines, runCli, startCli } from '../support/cli.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { until } from '../support/until.ts';
import { call, claim, readProcessed, upload } from '../support/worker-api.ts';

let waybill: Instance;
let url: string;
let folder: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
  folder = await mkdtemp(join(tmpdir(), 'waybill-cli-'));
});
/** Those that wait would go on waiting after a failed test. */
const started: RunningCli[] = [];

afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await waybill.stop();
  await rm(folder, { recursive: true });
});

const env = () => ({ WAYBILL_URL: url, XDG_STATE_HOME: folder });
function startOwn(...args: string[]): RunningCli {
  const cli = startCli(args, { env: env() });
  started.push(cli);
  return cli;
}

const run = (...args: string[]) => runCli(args, { env: env() });

async function indexed(text: string, version = '1'): Promise<string> {
  const id = await upload(url, text);
  await finish(version);
  return id;
}

async function finish(version: string): Promise<void> {
  for (const { leaseToken, file } of await claim(url, { limit: 100 })) {
    const end = { id: file.id, event: 'COMPLETE_PROCESSING', leaseToken, properties: { text: { version } } };
    await call(url, 'transitionFile', end);
  }
}

describe('wait', () => {
  it('ends with 0 when all files are INDEXED', async () => {
    const [before, later] = [await indexed('a'), await newFile(url)];
    const cli = startOwn('wait', before, later, later);
    await until(cli.stdout, (text) => text.includes(before));
    for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING']) await transition(url, later, event);
    const { code, stdout } = await cli.ended;
    expect(code).toBe(0);
    expect(stdout.split('\n').toSorted()).toEqual(
      ['', `${before}  INDEXED  a.txt`, `${later}  INDEXED  a file`].toSorted(),
    );
  });

  it('ends with 1 and the reasons when one failed, was deleted, or is not there', async () => {
    const [failing, deleted] = [await newFile(url), await newFile(url)];
    for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD']) await transition(url, failing, event);
    const failure = { code: 'BROKEN', message: 'It is broken.' };
    await transition(url, failing, 'FAIL_PROCESSING', { failure });
    await deleteFile(url, deleted);
    const { code, stdout, stderr } = await run('wait', failing, deleted, 'file_x');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${failing}: BROKEN: It is broken.`);
    expect(stderr).toContain(`${deleted}: FILE_NOT_FOUND: There is no such file`);
    expect(stderr).toContain('file_x: ');
  });

  it('gives up after --timeout', async () => {
    const id = await newFile(url);
    const { code, stdout } = await run('wait', id, '--timeout', '1s', '--json');
    expect(code).toBe(1);
    expect(readJsonLines(stdout)).toMatchObject([{ id, ok: false, code: 'TIMEOUT' }]);
    expect(await run('wait', id, '-t', '1y')).toMatchObject({ code: 2 });
  });
});

it('cancel stops the processing of files, and says what is refused', async () => {
  const waiting = await upload(url, 'waits');
  const other = await newFile(url);
  const { code, stdout, stderr } = await run('cancel', waiting, other);
  expect({ code, stdout }).toEqual({ code: 1, stdout: `${waiting}  cancelled  a.txt\n` });
  expect(stderr).toContain(`${other}: `);
  expect(await readProcessed(url, waiting)).toMatchObject({ failure: { code: 'CANCELED' } });
  const held = await upload(url, 'held');
  const [{ leaseToken } = { leaseToken: '' }] = await claim(url);
  expect(await run('cancel', held)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('asked to stop') as string,
  });
  await call(url, 'releaseLease', { id: held, leaseToken });
});

it('reprocess takes files by id, or all that another version has processed', async () => {
  const [one, two] = [await indexed('1'), await indexed('2')];
  expect(await run('reprocess', one)).toMatchObject({ code: 0, stdout: '1 of 1 files queued\n' });
  expect(await run('reprocess', one, two)).toMatchObject({ code: 1, stdout: '1 of 2 files queued\n' });
  await finish('2');
  const three = await indexed('3');
  const asked = ['reprocess', '--processor', 'text', '--version-not', '2', '--type', 'text/plain'];
  expect((await run(...asked)).stdout).toMatch(/^[1-9]\d* files? queued\n$/);
  expect(await readProcessed(url, three)).toMatchObject({ state: 'PROCESSING' });
  await finish('2');
  expect(await run(...asked)).toMatchObject({ code: 0, stdout: '0 files queued\n' });
  expect(await run('reprocess')).toMatchObject({ code: 2 });
  expect(await run('reprocess', one, '--all')).toMatchObject({ code: 2 });
});

it('upload --wait shows what the worker says', async () => {
  const path = join(folder, 'watched.txt');
  await writeFile(path, 'to be watched');
  const cli = startOwn('upload', path, '--wait', '--json');
  const [{ leaseToken, file } = { leaseToken: '', file: { id: '' } }] = await claim(url, { waitSeconds: 30 });
  const sign = { id: file.id, leaseToken, progress: 0.5, message: 'reading' };
  await until(
    async () => {
      await call(url, 'extendLease', sign);
      return cli.stdout();
    },
    (text) => text.includes('"event":"processing"') && text.includes('reading'),
  );
  await call(url, 'transitionFile', { id: file.id, event: 'COMPLETE_PROCESSING', leaseToken });
  const { code, stdout } = await cli.ended;
  expect(code).toBe(0);
  const lines = readJsonLines(stdout);
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'processing', id: file.id, fraction: 0.5, message: 'reading' }),
  );
  expect(lines.at(-1)).toMatchObject({ event: 'summary', indexed: 1 });
});

it('search finds files by what a worker has found in them', async () => {
  const id = await upload(url, 'bytes', 'fox.txt');
  const [{ leaseToken } = { leaseToken: '' }] = await claim(url);
  const text = 'The quick brown fox jumps over the lazy dog.';
  await call(url, 'transitionFile', { id, event: 'COMPLETE_PROCESSING', leaseToken, text });
  const { code, stdout } = await run('search', '"quick brown"', '-l', '5');
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${id}  fox\\.txt\n    .*quick brown fox`));
  expect(await run('search', 'jumped', '-q', '--type', 'text/plain')).toMatchObject({ code: 0, stdout: `${id}\n` });
  const [line] = readJsonLines((await run('search', 'fox', 'lazy', '--json')).stdout);
  expect(line).toMatchObject({ id, state: 'INDEXED', snippets: expect.any(Array) as unknown });
  expect(await run('search', 'nowhere', 'else')).toMatchObject({ code: 0, stdout: '' });
  expect(await run('search', '--', '-fox')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('INVALID_INPUT') as string,
  });
});
