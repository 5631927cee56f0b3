// `npm run demo` as a user runs it: what it prints, what it leaves behind, and that its checks find faults.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileFacts } from '../../scripts/demo/api.ts';
import type { LineFormat } from '../../cli/output/screen.ts';
import type { Entry } from '../../scripts/demo/changes.ts';
import { compareLogs, downloadAll, findDifferences, findResumeFaults } from '../../scripts/demo/checks.ts';
import { drawCounts, drawRow, drawStep } from '../../scripts/demo/draw.ts';
import type { Outcome } from '../../scripts/demo/scenario.ts';
import { type Result, findFaults, summarise } from '../../scripts/demo/summary.ts';
import { isPostgres } from '../support/embedded.ts';

const DEMO = join(import.meta.dirname, '../../scripts/demo.ts');

describe('the demo', { timeout: 300_000 }, () => {
  let temporary: string;
  beforeEach(async () => {
    temporary = await realpath(await mkdtemp(join(tmpdir(), 'waybill-demo-test-')));
    await chmod(temporary, 0o711);
  });
  afterEach(() => rm(temporary, { recursive: true, force: true }));

  function start(...args: string[]): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
    // The settings of the user's own instance must not reach the throw-away one.
    const env = { ...process.env, TMPDIR: temporary, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', PORT: '1' };
    const child = spawn(process.execPath, [DEMO, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    }
    return { child, output: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
  }

  /** The pid at the start of a file that the demo's database or instance wrote. */
  async function readPid(file: string): Promise<number> {
    const [dataDir = 'none'] = await readdir(temporary);
    return Number.parseInt(await readFile(join(temporary, dataDir, file), 'utf8'), 10);
  }

  test('shows every file to the end, finds no fault, and leaves nothing behind', async () => {
    const { output, ended } = start();
    const code = await ended;
    const text = output();
    expect(code, text).toBe(0);
    expect(text).toMatch(/acknowledged +39 +8 registrations, 31 transitions\n +seen +39 /);
    expect(text).toMatch(/lost +0\n +twice +0\n +out of order +0 .*\n +unknown +0\n/);
    expect(text).toMatch(/refused: TRANSITION_NOT_ALLOWED/);
    expect(text).toMatch(/refused: FORBIDDEN/);
    expect(text).toMatch(/FAIL_UPLOAD .*The bytes have the SHA-256/);
    expect(text).toContain('FAIL_PROCESSING');
    expect(text.match(/COMPLETE_UPLOAD +UPLOADING/g), 'one for each file, one more after a RETRY').toHaveLength(9);
    const [, offset, size] = /connection cut[^]*upload resumed +at offset (\d+) of (\d+)/.exec(text) ?? [];
    expect(Number(offset)).toBeGreaterThan(0);
    expect(Number(offset)).toBeLessThan(Number(size));
    expect(text).toMatch(/read back +(\d+) of \1 bytes, the same/);
    expect(text.match(/→ INDEXED/g)).toHaveLength(8);
    expect(text).toMatch(/found +"\w+( \w+){4}" in \S+\.ts, by what its worker has read/);
    expect(text).toContain('Everything holds.');
    expect(text, 'plain lines without a terminal').not.toContain('\u001b');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('cleans up when it is interrupted, also when it is interrupted twice', async () => {
    const { child, output, ended } = start('--slow');
    await expect.poll(output, { timeout: 120_000 }).toContain('START_UPLOAD');
    const pid = await readPid('postgres/postmaster.pid');
    expect(await isPostgres(pid), 'the database while the demo runs').toBe(true);
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(output()).toContain('Interrupted');
    expect(await readdir(temporary)).toEqual([]);
    expect(await isPostgres(pid), 'the database after the demo').toBe(false);
    const url = /http:\S+/.exec(output())?.[0] ?? 'no address in the output';
    await expect(fetch(url), 'the program after the demo').rejects.toThrow('fetch failed');
  });

  test('fails when its instance is killed, and cleans up after that too', async () => {
    const { output, ended } = start('--slow');
    await expect.poll(output, { timeout: 120_000 }).toContain('START_UPLOAD');
    const database = await readPid('postgres/postmaster.pid');
    process.kill(await readPid('waybill.lock'), 'SIGKILL');
    expect(await ended).toBe(1);
    expect(output()).toContain('The demo failed: ');
    expect(await isPostgres(database), 'the database after the demo').toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('refuses an option it does not know', async () => {
    const { output, ended } = start('--fst');
    expect(await ended).toBe(1);
    expect(output()).toContain('unknown option --fst; allowed: --fast, --slow');
  });
});

describe('the checks of the demo', () => {
  const A = 'file_a';
  const registered: Entry = { fileId: A, version: 0, what: 'REGISTERED' };
  const started: Entry = { fileId: A, version: 1, what: 'START_UPLOAD' };
  const completed: Entry = { fileId: A, version: 2, what: 'COMPLETE_UPLOAD' };
  const all = [registered, started, completed];
  const balanced = { acknowledged: 3, seen: 3, lost: 0, twice: 0, outOfOrder: 0, unknown: 0 };

  test('are satisfied when everything acknowledged was seen once, in order', () => {
    expect(compareLogs([completed, registered, started], all)).toEqual(balanced);
  });

  test.each([
    ['a lost change', [registered, started], { lost: 1 }],
    ['a change that came twice', [...all, started], { twice: 1 }],
    ['a gap', [registered, completed], { lost: 1, outOfOrder: 1 }],
    ['the wrong order', [registered, completed, started], { outOfOrder: 2 }],
    ['a change nobody was promised', [...all, { fileId: A, version: 3, what: 'FAIL_PROCESSING' }], { unknown: 1 }],
  ])('find %s', (_fault, seen, found) => {
    expect(compareLogs(all, seen)).toEqual({ ...balanced, seen: seen.length, ...found });
  });

  const good: Result = {
    balance: balanced,
    isReplayed: true,
    differences: [],
    files: [newFacts({ id: A, name: 'a.ts', state: 'INDEXED', version: 3 })],
    outcomes: [newOutcome({ refusals: 2 })],
    bytesRead: 1_000,
    faults: [],
    searched: { phrase: 'a phrase', found: { id: A, name: 'a.ts', snippet: 'a phrase' } },
    progressMessages: 5,
    seconds: 1,
  };

  test('let the summary say that everything holds', () => {
    expect(findFaults(good)).toEqual([]);
    expect(summarise(good)).toContain('Everything holds.');
  });

  test.each<[Partial<Result>, string]>([
    [{ balance: { ...balanced, lost: 2 } }, 'lost 2, twice 0, out of order 0, unknown 0'],
    [{ balance: { ...balanced, twice: 1 } }, 'lost 0, twice 1, out of order 0, unknown 0'],
    [{ balance: { ...balanced, outOfOrder: 1 } }, 'lost 0, twice 0, out of order 1, unknown 0'],
    [{ balance: { ...balanced, unknown: 1 } }, 'lost 0, twice 0, out of order 0, unknown 1'],
    [{ isReplayed: false }, 'the log, read again, differs'],
    [{ files: [newFacts({ name: 'a.ts', state: 'FAILED' })] }, 'a.ts is still FAILED'],
    [{ outcomes: [newOutcome({ refusals: 1 })] }, '1 events were refused instead of 2'],
    [{ searched: { phrase: 'a phrase', found: null } }, '"a phrase" was not found'],
    [{ progressMessages: 0 }, 'no progress message arrived'],
    [{ faults: ['a.ts reads back as other bytes'] }, 'a.ts reads back as other bytes'],
  ])('make the summary fail: %o', (change, fault) => {
    const bad = { ...good, ...change };
    expect(findFaults(bad)).toEqual([fault]);
    expect(summarise(bad)).toEqual(expect.arrayContaining([`FAULT: ${fault}`, 'This does not hold.']));
  });

  test('find a cut upload that was not resumed in the middle', () => {
    expect(findResumeFaults([newOutcome({})])).toEqual([]);
    expect(findResumeFaults([newOutcome({ wasCut: true, resumedAt: 1 })])).toEqual([]);
    for (const resumedAt of [null, 0, 1_000]) {
      const faults = findResumeFaults([newOutcome({ wasCut: true, resumedAt })]);
      expect(faults).toEqual([`a.ts was cut, and resumed at ${resumedAt}`]);
    }
  });

  test('find bytes that are not those that were sent', async () => {
    const stored = { id: A, contentUrl: 'data:,hello' };
    const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
    expect(await downloadAll([newOutcome({ sha256 })], [stored])).toEqual({ bytes: 5, faults: [] });
    const faults = ['a.ts reads back as other bytes'];
    const other = { id: A, contentUrl: 'data:,jello' };
    expect(await downloadAll([newOutcome({ sha256 })], [other])).toEqual({ bytes: 5, faults });
    expect(await downloadAll([newOutcome({ sha256 })], [])).toEqual({ bytes: 0, faults });
  });

  test('find where the API and the subscription differ, in either direction', () => {
    const file = newFacts({ id: A, name: 'a.ts', state: 'INDEXED', version: 3 });
    const shown = `a.ts INDEXED v3, 0 of 1000 bytes, SHA-256 null`;
    expect(findDifferences([file], [file])).toEqual([]);
    expect(findDifferences([{ ...file, state: 'FAILED' }], [file])).toEqual([
      `in the API, but not seen: ${shown.replace('INDEXED', 'FAILED')}`,
      `seen, but not in the API: ${shown}`,
    ]);
    expect(findDifferences([], [file])).toEqual([`seen, but not in the API: ${shown}`]);
    expect(findDifferences([file], [])).toEqual([`in the API, but not seen: ${shown}`]);
  });
});

describe('what the demo draws', () => {
  const failure = { code: 'A_CODE_THAT_IS_MUCH_TOO_LONG', message: 'The message goes on and on. '.repeat(9) };
  const files = ['UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'].map((state, index) =>
    newFacts({ name: 'folder/'.repeat(index * 4) + 'file.ts', state, failure: state === 'FAILED' ? failure : null }),
  );
  const progress = { state: 'UPLOADING', bytesReceived: 900, size: 1_000, bytesPerSecond: 1e9, etaSeconds: 1e6 };
  const rows = files.flatMap((file) => [
    { file, progress: null },
    { file, progress },
  ]);
  const formats: LineFormat[] = [40, 79, 80, 119, 120, 200].flatMap((columns) =>
    [true, false].map((colours) => ({ columns, colours })),
  );

  test.each(formats)('fits %o', (format) => {
    const step = { name: 'folder/'.repeat(9), what: 'COMPLETE_PROCESSING', note: failure.message };
    const lines = [
      ...rows.map((row) => drawRow(row, format)),
      drawStep({ ...step, from: 'PROCESSING', to: 'INDEXED' }, 1234.5, format),
      drawStep(step, 1234.5, format),
      ...(format.columns < 79 ? [] : [drawCounts(rows, format)]),
    ];
    // A wrapped line would move the live area; 40 columns are fewer than it needs.
    const most = Math.max(format.columns, 68);
    expect(lines.filter((line) => stripVTControlCharacters(line).length > most)).toEqual([]);
    expect(lines.some((line) => line.includes('\u001b'))).toBe(format.colours);
  });

  test('shows name, state, percent, rate and time left', () => {
    const line = drawRow(
      { file: files[1]!, progress: { ...progress, bytesPerSecond: 1_500, etaSeconds: 6.1 } },
      formats[3]!,
    );
    expect(line).toMatch(/^ …?\S*file\.ts +UPLOADING +█+.?░+ +90 % +1\.5 KiB\/s +eta 7 s$/);
  });
});

function newOutcome(outcome: Partial<Outcome>): Outcome {
  const sent = { fileId: 'file_a', name: 'a.ts', size: 1_000, sha256: '0'.repeat(64), acknowledged: [] };
  return { ...sent, refusals: 0, wasCut: false, isByHand: false, resumedAt: null, ...outcome };
}

function newFacts(facts: Partial<FileFacts>): FileFacts {
  const defaults = { id: 'file_x', name: 'x.ts', state: 'UNTRACKED', version: 0, bytesReceived: 0, size: 1_000 };
  return { ...defaults, sha256: null, failure: null, ...facts };
}
