// waybill upload of what is not a plain file with a plain name: standard input, FIFOs, odd names, and what is left out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FileFacts } from '../../cli/api/files.ts';
import { digestOf } from '../support/bytes.ts';
import { LAUNCHER } from '../support/cli.ts';
import { CliUploadFixture } from '../support/cli-upload.ts';

let fixture: CliUploadFixture;
beforeAll(async () => {
  fixture = await CliUploadFixture.create();
});
afterAll(() => fixture.stop());

const readFile = async (name: string): Promise<FileFacts | undefined> =>
  (await fixture.readFiles()).find((file) => file.name === name);

/** Runs a shell command line in which $WAYBILL is `waybill upload` with this server. Not synchronous: the server runs here. */
async function runShell(line: string): Promise<{ code: number | null; stdout: string }> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    XDG_STATE_HOME: join(fixture.dir.path, 'state'),
    TMPDIR: fixture.dir.path,
    WAYBILL: `${process.execPath} ${LAUNCHER} upload --url ${fixture.instance.url}`,
  };
  const child = spawn('sh', ['-c', line], { cwd: fixture.dir.path, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code: child.exitCode, stdout };
}

it('uploads standard input under the name given, and leaves no temporary file behind', async () => {
  for (const path of ['-', '/dev/stdin']) {
    const name = `piped to ${path}`;
    expect((await runShell(`printf 'some bytes' | $WAYBILL ${path} --name '${name}' 2>&1`)).code).toBe(0);
    expect(await readFile(name)).toMatchObject({ size: 10, sha256: digestOf(Buffer.from('some bytes')) });
  }
  expect((await readdir(fixture.dir.path)).filter((entry) => entry.startsWith('waybill-'))).toEqual([]);
});

it('says where the copy of standard input goes, and asks for a name', async () => {
  expect((await runShell(`printf x | $WAYBILL - --name x 2>&1 >/dev/null`)).stdout).toMatch(
    /copying standard input .* free\)/,
  );
  expect(await runShell(`printf x | $WAYBILL - 2>&1`)).toEqual({
    code: 2,
    stdout: 'waybill: Give standard input a name with --name.\n',
  });
});

it('uploads a FIFO by its name', async () => {
  expect((await runShell(`mkfifo pipe && (printf 'through a pipe' > pipe & $WAYBILL pipe 2>&1)`)).code).toBe(0);
  expect(await readFile('pipe')).toMatchObject({ size: 14, state: 'PROCESSING' });
});

it('exits with 1 when something that was named is not uploaded', async () => {
  const { code, stdout } = await runShell(`$WAYBILL /dev/null`);
  expect(code).toBe(1);
  expect(stdout).toContain('Cannot read the file: not a file.');
});

it('escapes control characters in names, and keeps the original', async () => {
  await fixture.dir.write('odd/tab\there\nand there', 'x');
  expect((await fixture.upload('odd')).code).toBe(0);
  expect(await readFile(String.raw`odd/tab\there\nand there`)).toMatchObject({
    metadata: { originalName: 'odd/tab\there\nand there' },
  });
});

it('reports a name that is not UTF-8, and uploads the others', async () => {
  await fixture.dir.write('mixed/good', 'x');
  await writeFile(Buffer.concat([Buffer.from(`${fixture.dir.path}/mixed/caf`), Buffer.from([0xe9])]), 'latin 1');
  const { code, lines } = await fixture.upload('mixed');
  expect(code).toBe(1);
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'failed', message: 'Cannot read the file: its name is not UTF-8.' }),
  );
  expect(await readFile('mixed/good')).toBeDefined();
});

it('--dry-run prints what would be uploaded, and uploads nothing', async () => {
  await fixture.dir.write('plan/a.txt', '12345');
  await fixture.dir.write('plan/b.tmp', '12345');
  const { code, stdout } = await runShell(`$WAYBILL --dry-run --exclude '*.tmp' plan`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '     5 B  plan/a.txt\n1 file, 5 B; nothing was uploaded\n' });
  expect(await readFile('plan/a.txt')).toBeUndefined();
});

it('--name needs one file', async () => {
  expect(await runShell(`$WAYBILL --name x odd 2>&1`)).toMatchObject({ code: 2 });
});
