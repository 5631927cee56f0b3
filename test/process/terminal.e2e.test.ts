// A start that is refused while a person watches: util-linux's `script` gives the program a terminal.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { runToEnd } from '../support/process.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
if (!hasScript) process.stderr.write('No util-linux `script`: the tests of messages on a terminal are left out.\n');

/** What the program writes to a terminal, and its exit code. */
async function runOnTerminal(env: Record<string, string>): Promise<{ code: number | null; text: string }> {
  const command = `'${process.execPath}' '${MAIN}'`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text: text.replaceAll('\r\n', '\n') };
}

describe.skipIf(!hasScript)('on a terminal', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('a wrong setting is one sentence', async () => {
    const { code, text } = await runOnTerminal({ WAYBILL_MAX_ATTEMPTS: 'many' });
    expect(code).toBe(1);
    expect(text).toMatch(/^waybill: WAYBILL_MAX_ATTEMPTS holds "many"; allowed: .+\n$/);
  });

  it('a missing database is one sentence that says what to do, and JSON elsewhere', async () => {
    const url = new URL(database.url);
    url.pathname = '/nowhere';
    const { code, text } = await runOnTerminal({ DATABASE_URL: url.href });
    expect(code).toBe(1);
    expect(text).toMatch(/^waybill: [^{\n]*there is no such database[^\n]*\n$/);
    const elsewhere = await runToEnd({ DATABASE_URL: url.href });
    expect(JSON.parse(elsewhere.stderr)).toMatchObject({ level: 60, code: 'DATABASE_UNREACHABLE' });
  });

  it('a data directory that cannot be made is named, in seconds', async () => {
    const { code, text } = await runOnTerminal({ WAYBILL_DATA_DIR: '/proc/x' });
    expect(code).toBe(1);
    expect(text).toMatch(/^waybill: [^{\n]*\/proc\/x[^\n]*\n$/);
  });
});
