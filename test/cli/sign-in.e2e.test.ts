// The command line with WAYBILL_TOKEN: an API key or a token, on everything it sends; and what it says without one.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliOutcome, runCli, startCli } from '../support/cli.ts';
import { until } from '../support/until.ts';
import type { Instance } from '../support/instance.ts';
import { createKeyAs, sign, startSignedIn } from '../support/sign-in.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

let waybill: Instance;
let dir: TemporaryDir;
let key: string;
/** There is no such file. */
const FILE = `file_${randomUUID()}`;
beforeAll(async () => {
  [waybill, dir] = await Promise.all([startSignedIn(), createTemporaryDir()]);
  key = (await createKeyAs(waybill.url, await sign(), { roles: ['UPLOADER'] })).secret;
});
afterAll(async () => {
  await Promise.all([waybill.stop(), dir.remove()]);
});

const run = (args: readonly string[], token: string | null): Promise<CliOutcome> =>
  runCli([...args, '--url', waybill.url], {
    cwd: dir.path,
    env: { XDG_STATE_HOME: dir.path, ...(token !== null && { WAYBILL_TOKEN: token }) },
  });

it('with an API key it uploads, lists, watches and downloads', async () => {
  const bytes = randomBytes(200_000);
  await dir.write('photo.bin', bytes);
  const watching = startCli(['watch', '--json', '--url', waybill.url], { env: { WAYBILL_TOKEN: key } });
  try {
    const uploaded = await run(['upload', 'photo.bin', '--json'], key);
    expect(uploaded).toMatchObject({ code: 0, stderr: '' });
    const id = /file_[0-9a-f-]{36}/.exec(uploaded.stdout)?.[0] ?? '';
    expect((await run(['ls', '-q'], key)).stdout).toBe(`${id}\n`);
    expect(await run(['get', id, '-o', 'copy.bin'], key)).toMatchObject({ code: 0 });
    expect(await readFile(join(dir.path, 'copy.bin'))).toEqual(bytes);
    await dir.write('second.bin', 'another');
    await until(
      async () => {
        await run(['upload', 'second.bin'], key);
        await dir.write('second.bin', randomBytes(10));
        return watching.stdout();
      },
      (text) => text.includes('second.bin') || text.includes('"kind"'),
    );
  } finally {
    watching.child.kill('SIGINT');
    await watching.ended;
  }
});

it.each([
  ['without one', null],
  ['with one that is not valid', 'nonsense'],
])('%s it says so, and exits with 1', async (_what, token) => {
  for (const args of [
    ['ls'],
    ['upload', 'photo.bin'],
    ['watch'],
    ['search', 'word'],
    ['reprocess', '--all'],
    ['cancel', FILE],
    ['wait', FILE],
  ]) {
    const { code, stderr } = await run(args, token);
    expect(code, args[0]).toBe(1);
    expect(stderr, args[0]).toMatch(/UNAUTHENTICATED: A valid token or API key is required|FORBIDDEN/);
  }
});
