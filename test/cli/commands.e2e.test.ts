// ls, show, retry and rm, for people and scripts, and their error messages.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileFacts } from '../../cli/api/files.ts';
import { newFile, readFile, transition } from '../support/client.ts';
import { type CliOutcome, readJsonLines, runCli } from '../support/cli.ts';
import { type Instance, startInstance } from '../support/instance.ts';

let waybill: Instance;
let url: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
afterAll(() => waybill.stop());

const run = (...args: string[]): Promise<CliOutcome> => runCli(['--url', url, ...args]);

async function newFailedFile(name: string, message = 'The wire broke.'): Promise<string> {
  const id = await newFile(url, { name, size: 2_048 });
  await transition(url, id, 'START_UPLOAD');
  await transition(url, id, 'FAIL_UPLOAD', { failure: { code: 'CUT', message } });
  return id;
}

describe('ls', () => {
  it('lists the newest first, one per line, in columns that awk can split', async () => {
    const first = await newFile(url, { name: 'first of list', size: 2_048 });
    const second = await newFile(url, { name: 'second of list' });
    await transition(url, first, 'START_UPLOAD');
    const { code, stdout } = await run('ls', '--name', 'of list');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^${second}  UNTRACKED     -  \\d{4}-\\S+Z  second of list$`)),
      expect.stringMatching(new RegExp(`^${first}  UPLOADING  2048  \\d{4}-\\S+Z  first of list$`)),
    ]);
  });

  it('filters by state, in any case and several at once', async () => {
    const failed = await newFailedFile('stately');
    const fresh = await newFile(url, { name: 'stately' });
    const list = async (...states: string[]): Promise<string[]> => {
      const { stdout } = await run('ls', '-q', '-n', 'stately', ...states.flatMap((state) => ['--state', state]));
      return stdout.trimEnd().split('\n');
    };
    expect(await list('failed')).toEqual([failed]);
    expect(await list('failed,untracked')).toEqual([fresh, failed]);
    expect(await list('UNTRACKED', 'FAILED')).toEqual([fresh, failed]);
  });

  it('prints a JSON object for each file', async () => {
    const id = await newFailedFile('as json');
    const { stdout } = await run('ls', '--json', '--name', 'as json');
    const failure = { code: 'CUT', message: 'The wire broke.', retryable: true };
    expect(readJsonLines<FileFacts>(stdout)).toMatchObject([{ id, state: 'FAILED', size: 2_048, version: 2, failure }]);
  });

  it('reads pages up to its limit', async () => {
    for (let count = 0; count < 5; count += 1) await newFile(url, { name: 'paged' });
    const count = async (limit: string): Promise<number> =>
      (await run('ls', '-q', '-n', 'paged', '--limit', limit)).stdout.trimEnd().split('\n').length;
    expect(await count('3')).toBe(3);
    expect(await count('1000000')).toBe(5);
  });
});

describe('show', () => {
  it('shows the facts and the history', async () => {
    const id = await newFailedFile('shown.bin', 'Broken \u001b[31mwire.');
    await transition(url, id, 'RETRY');
    const { code, stdout } = await run('show', id);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^shown\.bin\n/);
    expect(stdout).toMatch(/ {2}state +UNTRACKED\n/);
    expect(stdout).toMatch(/ {2}size +2\.0 KiB \(2048 bytes\), 0 % received\n/);
    const timeline = stdout.split('\n').filter((line) => /^\d/.test(line));
    expect(timeline).toEqual([
      expect.stringMatching(/^0 {2}\S+ \S+ +registered +UNTRACKED$/),
      expect.stringMatching(/^1 {2}\S+ \S+ +\+\d+ \w+ {2}START_UPLOAD +UNTRACKED {2}→ {2}UPLOADING +local$/),
      expect.stringMatching(/^2 .* FAIL_UPLOAD +UPLOADING +→ {2}FAILED +local {2}CUT: Broken �\[31mwire\.$/),
      expect.stringMatching(/^3 .* RETRY +FAILED +→ {2}UNTRACKED +local$/),
    ]);
  });

  it('prints one JSON object including the history', async () => {
    const id = await newFailedFile('shown.json');
    const { stdout } = await run('show', id, '--json');
    const [shown, ...more] = readJsonLines(stdout);
    expect(more).toEqual([]);
    const transitions = [{ event: 'START_UPLOAD' }, { event: 'FAIL_UPLOAD', failure: { code: 'CUT' } }];
    expect(shown).toMatchObject({ id, version: 2, transitions });
  });

  it.each(['file_01a21007-05b8-7185-951f-33fa0ace0d5a', 'nonsense'])('says that there is no %s', async (id) => {
    const { code, stdout, stderr } = await run('show', id);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `waybill: FILE_NOT_FOUND: There is no file ${id}.\n`,
    });
  });
});

describe('retry and rm', () => {
  it('process valid ids, report the others, and exit with 1', async () => {
    const failed = await newFailedFile('again');
    const fresh = await newFile(url, { name: 'fresh' });
    const { code, stdout, stderr } = await run('retry', failed, fresh, 'nonsense');
    expect(code).toBe(1);
    expect(stdout).toBe(`${failed}  FAILED → UNTRACKED  again\n`);
    expect(stderr.split('\n')).toEqual([
      `waybill: ${fresh}: TRANSITION_NOT_ALLOWED: A file that is UNTRACKED does not accept RETRY.`,
      expect.stringMatching(/^waybill: nonsense: INVALID_INPUT: /),
      '',
    ]);
    expect(await readFile(url, failed)).toMatchObject({ state: 'UNTRACKED', version: 3 });
  });

  it('print JSON for scripts, including refusals', async () => {
    const failed = await newFailedFile('again as json');
    const retried = await run('retry', '--json', failed, failed);
    expect(retried).toMatchObject({ code: 1, stderr: '' });
    expect(readJsonLines(retried.stdout)).toMatchObject([
      { id: failed, ok: true, from: 'FAILED', to: 'UNTRACKED', version: 3 },
      { id: failed, ok: false, code: 'TRANSITION_NOT_ALLOWED' },
    ]);
    const removed = await run('rm', '--json', failed, failed);
    expect(readJsonLines(removed.stdout).toSorted((a, b) => Number(b['ok']) - Number(a['ok']))).toMatchObject([
      { id: failed, ok: true },
      { id: failed, ok: false, code: 'FILE_NOT_FOUND' },
    ]);
  });

  it('rm deletes files in any state', async () => {
    const ids = [await newFailedFile('gone'), await newFile(url, { name: 'gone' })];
    const { code, stdout, stderr } = await run('rm', ...ids);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(ids.map((id) => `${id}  deleted\n`).join(''));
    expect(await Promise.all(ids.map((id) => readFile(url, id)))).toEqual([null, null]);
  });
});

describe('complete, fail and reset', () => {
  async function newProcessingFile(): Promise<string> {
    const id = await newFile(url, { name: 'lifecycle' });
    await transition(url, id, 'START_UPLOAD');
    await transition(url, id, 'COMPLETE_UPLOAD');
    return id;
  }

  it('send their event, and print both states', async () => {
    const id = await newProcessingFile();
    expect(await run('complete', id)).toMatchObject({ code: 0, stdout: `${id}  PROCESSING → INDEXED  lifecycle\n` });
    expect(await run('reset', id)).toMatchObject({ code: 0, stdout: `${id}  INDEXED → UNTRACKED  lifecycle\n` });
    expect((await run('complete', id)).code).toBe(1);
  });

  it('fail tells the server why', async () => {
    const [id, uploading] = [await newProcessingFile(), await newFile(url)];
    await transition(url, uploading, 'START_UPLOAD');
    expect((await run('fail', id, '-m', 'Not a picture.', '--code', 'NO_PICTURE', '--permanent')).code).toBe(0);
    const failure = { code: 'NO_PICTURE', message: 'Not a picture.', retryable: false };
    expect(await readFile(url, id)).toMatchObject({ state: 'FAILED', failure });
    expect((await run('fail', uploading, '-m', 'Stopped.', '--upload')).code).toBe(0);
    expect(await readFile(url, uploading)).toMatchObject({ failure: { message: 'Stopped.', retryable: true } });
    expect((await run('fail', id)).stderr).toContain("required option '-m, --message <text>' not specified");
  });
});

it('rm --state deletes all files in a state, and asks for one or the other', async () => {
  const failed = [await newFailedFile('swept'), await newFailedFile('swept')];
  const kept = await newFile(url, { name: 'swept' });
  const { code, stdout } = await run('rm', '--state', 'failed');
  expect(code).toBe(0);
  for (const id of failed) expect(stdout).toContain(`${id}  deleted`);
  expect(await readFile(url, kept)).not.toBeNull();
  expect(await run('rm', kept, '--state', 'failed')).toMatchObject({ code: 2 });
});

describe('an error is one line on standard error, without a stack', () => {
  const nowhere = 'http://127.0.0.1:65535';

  it.each([
    [['ls', '--url', nowhere], 1, `waybill: ${nowhere} cannot be reached: the connection was refused.`],
    [['watch', '--url', nowhere], 1, `waybill: ${nowhere} cannot be reached: the connection was refused.`],
    [
      ['upload', '--url', nowhere, 'package.json'],
      1,
      `waybill: ${nowhere} cannot be reached: the connection was refused.`,
    ],
    [['ls', '--url', 'ftp://x'], 2, 'waybill: "ftp://x" is not the URL of a server; allowed: http://… or https://…'],
    [['lss'], 2, "waybill: unknown command 'lss'"],
    [['ls', '--state', 'lost'], 2, 'Allowed: untracked, uploading, processing, indexed, failed.'],
    [['ls', '--limit', '0'], 2, 'Allowed: a whole number from 1 to 1000000.'],
    [['upload', '.', '--chunk-size', '8MB'], 2, 'Allowed: a number of bytes, optionally with KiB, MiB or GiB.'],
    [['upload', '.', '--metadata', 'key'], 2, 'Allowed: key=value.'],
    [['show'], 2, "waybill: missing required argument 'id'"],
    [['rm'], 2, 'waybill: Give file ids, or --state.'],
    [['ls', '--colour'], 2, "waybill: unknown option '--colour'"],
  ])('%j', async (args, code, line) => {
    const outcome = await runCli(args);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(line) as string });
    expect(outcome.stderr).not.toMatch(/\n +at |node:internal/);
  });

  it('also when something other than Waybill answers', async () => {
    const { code, stderr } = await runCli(['ls', '--url', `${url}/healthz`]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `waybill: ${url}/healthz answered 404 Not Found\n`,
    });
  });
});

it('says so when https meets a server that speaks http', async () => {
  const { code, stderr } = await run('ls', '--url', url.replace('http:', 'https:'));
  expect(code).toBe(1);
  expect(stderr).toContain('use http:// instead of https://');
});

it('reads the server from the environment; --url takes precedence', async () => {
  const id = await newFile(url, { name: 'by environment' });
  const args = ['ls', '-q', '-n', 'by environment'];
  expect(await runCli(args, { env: { WAYBILL_URL: `${url}/` } })).toMatchObject({ code: 0, stdout: `${id}\n` });
  const env = { WAYBILL_URL: 'http://127.0.0.1:1' };
  expect(await runCli([...args, '--url', url], { env })).toMatchObject({ code: 0, stdout: `${id}\n` });
});
