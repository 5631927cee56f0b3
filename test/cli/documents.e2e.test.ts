// The command line against a server that executes nothing but what `waybill documents` has printed.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownDocuments } from '../../cli/api/documents.ts';
import { createFileLookup } from '../../cli/api/file-lookup.ts';
import { openServer } from '../../cli/api/server.ts';
import { type CliOutcome, runCli, startCli } from '../support/cli.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';

let printed: CliOutcome;
let waybill: Instance;
let dir: TemporaryDir;
beforeAll(async () => {
  printed = await runCli(['documents']);
  dir = await createTemporaryDir();
  const path = await dir.write('documents.json', printed.stdout);
  waybill = await startInstance({ env: { WAYBILL_TRUSTED_DOCUMENTS: path } });
});
afterAll(async () => {
  await waybill.stop();
  await dir.remove();
});

const run = (...args: string[]): Promise<CliOutcome> =>
  runCli(['--url', waybill.url, ...args], { cwd: dir.path, env: { XDG_STATE_HOME: dir.path } });

it('prints every document of the command line by its SHA-256', async () => {
  const documents = JSON.parse(printed.stdout) as Record<string, string>;
  expect(documents).toEqual(Object.fromEntries(knownDocuments()));
  for (const [hash, text] of Object.entries(documents)) {
    expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
  }
});

it('knows all of them: operations are written in cli/documents, and in one other file', () => {
  const operation = /['"`]\s*(?:query|mutation|subscription)\b[^'"`]*\{/;
  const byHand = globSync('cli/**/*.ts').filter((path) => !path.startsWith('cli/generated/'));
  const holders = byHand.filter((path) => operation.test(readFileSync(path, 'utf8')));
  expect(holders).toEqual(['cli/api/file-lookup.ts']);
});

describe('a server that trusts these alone', () => {
  let id = '';

  it('takes uploads, and is watched meanwhile', async () => {
    const watching = startCli(['watch', '--json', '--url', waybill.url]);
    try {
      const text = await until(
        async () => {
          await dir.write('note.txt', `a note of ${Date.now()}`);
          await run('upload', 'note.txt');
          return watching.stdout();
        },
        (shown) => shown.includes('note.txt'),
      );
      id = /file_[0-9a-f-]{36}/.exec(text)?.[0] ?? '';
    } finally {
      watching.child.kill('SIGINT');
      await watching.ended;
    }
    expect(id).not.toBe('');
  });

  it.each([
    ['ls', () => ['ls']],
    ['show', () => ['show', id]],
    ['search', () => ['search', 'note']],
    ['get', () => ['get', id, '-o', 'copy.txt']],
    ['reprocess', () => ['reprocess', '--name', 'nothing has this name']],
    ['cancel', () => ['cancel', id]],
    ['retry', () => ['retry', id]],
    ['rm', () => ['rm', id]],
  ])('%s is not refused', async (_command, args) => {
    const { code, stderr } = await run(...args());
    expect(stderr).not.toMatch(/trusted|PERSISTED_QUERY/);
    expect(code).toBeLessThan(2);
  });

  it.each([1, 2, 10, 11, 50, 51, 200, 201])('%i files are looked up together', async (count) => {
    const { signal } = new AbortController();
    const lookup = createFileLookup(openServer(waybill.url, null), () => undefined, signal);
    const ids = Array.from(
      { length: count },
      (_id, index) => `file_00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    );
    const found = await Promise.all(ids.map((each) => lookup.read(each)));
    expect(found).toEqual(ids.map(() => null));
  });
});
