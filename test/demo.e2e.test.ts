// `npm run demo` as somebody runs it: what it says, what it leaves behind, and that its books find what is wrong.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileFacts } from '../scripts/demo/api.ts';
import { type Paper, drawRow, drawStep, drawTally } from '../scripts/demo/draw.ts';
import { type Delivery, findDetours, readBack } from '../scripts/demo/delivery.ts';
import { type Entry, Ledger, findDifferences, isBalanced } from '../scripts/demo/ledger.ts';
import type { Outcome } from '../scripts/demo/run.ts';
import { findFaults, summarise } from '../scripts/demo/summary.ts';
import { isPostgres } from './support/embedded.ts';

const DEMO = join(import.meta.dirname, '../scripts/demo.ts');

describe('the demo', () => {
  let temporary: string;
  beforeEach(async () => {
    temporary = await realpath(await mkdtemp(join(tmpdir(), 'waybill-demo-test-')));
    await chmod(temporary, 0o711);
  });
  afterEach(() => rm(temporary, { recursive: true, force: true }));

  function start(...args: string[]): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
    // What a person has set for an instance of their own must not reach the throw-away one.
    const env = { ...process.env, TMPDIR: temporary, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', PORT: '1' };
    const child = spawn(process.execPath, [DEMO, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    }
    return { child, output: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
  }

  /** Of what the demo has started: both files begin with a pid. */
  async function readPid(file: string): Promise<number> {
    const [dataDir = 'none'] = await readdir(temporary);
    return Number.parseInt(await readFile(join(temporary, dataDir, file), 'utf8'), 10);
  }

  test('shows every file to the end, finds its books balanced, and leaves nothing behind', async () => {
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
    expect(text).toContain('All of it holds.');
    expect(text, 'plain lines where nobody watches').not.toContain('\u001b');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('cleans up when it is interrupted, also when it is interrupted twice', async () => {
    const { child, output, ended } = start('--slow');
    await expect.poll(output, { timeout: 40_000 }).toContain('START_UPLOAD');
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
    await expect.poll(output, { timeout: 40_000 }).toContain('START_UPLOAD');
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

describe('the books of the demo', () => {
  const A = 'file_a';
  const registered: Entry = { fileId: A, version: 0, what: 'REGISTERED' };
  const started: Entry = { fileId: A, version: 1, what: 'START_UPLOAD' };
  const completed: Entry = { fileId: A, version: 2, what: 'COMPLETE_UPLOAD' };
  const all = [registered, started, completed];

  function balanceOf(seen: readonly Entry[], acknowledged: readonly Entry[] = all) {
    const ledger = new Ledger();
    for (const entry of acknowledged) ledger.acknowledge(entry);
    for (const entry of seen) ledger.see(entry);
    return ledger.balance();
  }

  test('balance when all that was acknowledged was seen once, in order', () => {
    const balance = balanceOf(all, [completed, registered, started]);
    expect(balance).toEqual({ acknowledged: 3, seen: 3, lost: 0, twice: 0, outOfOrder: 0, unknown: 0 });
    expect(isBalanced(balance)).toBe(true);
  });

  test.each([
    ['a lost change', [registered, started], { lost: 1, twice: 0, outOfOrder: 0, unknown: 0 }],
    ['a change that came twice', [...all, started], { lost: 0, twice: 1, outOfOrder: 0, unknown: 0 }],
    ['a gap', [registered, completed], { lost: 1, twice: 0, outOfOrder: 1, unknown: 0 }],
    ['the wrong order', [registered, completed, started], { lost: 0, twice: 0, outOfOrder: 2, unknown: 0 }],
    [
      'a change nobody was promised',
      [...all, { fileId: A, version: 3, what: 'FAIL_PROCESSING' }],
      { lost: 0, twice: 0, outOfOrder: 0, unknown: 1 },
    ],
  ])('find %s', (_fault, seen, found) => {
    const balance = balanceOf(seen);
    expect(balance).toMatchObject(found);
    expect(isBalanced(balance)).toBe(false);
  });

  test('make the summary say what does not hold', () => {
    const good: Outcome = {
      balance: balanceOf(all),
      replayed: true,
      differences: [],
      files: [newFacts({ id: A, name: 'a.ts', state: 'INDEXED', version: 3 })],
      deliveries: [newDelivery({ refusals: 2 })],
      bytesRead: 1_000,
      faults: [],
      progressMessages: 5,
      seconds: 1,
    };
    expect(findFaults(good)).toEqual([]);
    expect(summarise(good)).toContain('All of it holds.');
    const bad = { ...good, balance: balanceOf([registered]), replayed: false };
    expect(findFaults(bad)).toEqual([
      'lost 2, twice 0, out of order 0, unknown 0',
      'the log, read again, tells another story',
    ]);
    expect(summarise(bad)).toContain('This does not hold.');
  });

  test('find an upload that was completed twice, and a cut that was not resumed in the middle', () => {
    expect(findDetours([newDelivery({})], all)).toEqual([]);
    expect(findDetours([newDelivery({})], [...all, completed])).toEqual(['a.ts was completed 2 times instead of 1']);
    expect(findDetours([newDelivery({ wasCut: true, resumedAt: 1 })], all)).toEqual([]);
    for (const resumedAt of [null, 0, 1_000]) {
      const faults = findDetours([newDelivery({ wasCut: true, resumedAt })], all);
      expect(faults).toEqual([`a.ts was cut, and went on from ${resumedAt}`]);
    }
  });

  test('find bytes that are not those that were sent', async () => {
    const contentUrl = 'data:,hello';
    const stored = { ...newFacts({ id: A }), contentUrl };
    const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
    expect(await readBack([newDelivery({ sha256 })], [stored])).toEqual({ bytes: 5, faults: [] });
    const other = { ...stored, contentUrl: 'data:,jello' };
    const faults = ['a.ts reads back as other bytes'];
    expect(await readBack([newDelivery({ sha256 })], [other])).toEqual({ bytes: 5, faults });
    expect(await readBack([newDelivery({ sha256 })], [])).toEqual({ bytes: 0, faults });
  });

  test('find where the API and the stream differ, in either direction', () => {
    const file = newFacts({ id: A, name: 'a.ts', state: 'INDEXED', version: 3 });
    const seen = new Map([[A, file]]);
    expect(findDifferences([file], seen)).toEqual([]);
    expect(findDifferences([{ ...file, state: 'FAILED' }], seen)).toEqual([
      'state of a.ts is FAILED, and was seen as INDEXED',
    ]);
    expect(findDifferences([], seen)).toEqual(['file_a was seen and is not in the API']);
    expect(findDifferences([file], new Map())).toEqual(['file_a is in the API and was never seen']);
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
  const papers: Paper[] = [40, 79, 80, 119, 120, 200].flatMap((columns) =>
    [true, false].map((colours) => ({ columns, colours })),
  );

  test.each(papers)('fits %o', (paper) => {
    const step = { seconds: 1234.5, name: 'folder/'.repeat(9), what: 'COMPLETE_PROCESSING', note: failure.message };
    const lines = [
      ...rows.map((row) => drawRow(row, paper)),
      drawStep({ ...step, from: 'PROCESSING', to: 'INDEXED' }, paper),
      drawStep({ ...step, from: '', to: '' }, paper),
      ...(paper.columns < 79 ? [] : [drawTally(rows, paper)]),
    ];
    // A line that is broken costs the board its place; 40 columns are beyond what it is made for.
    const most = Math.max(paper.columns, 68);
    expect(lines.filter((line) => stripVTControlCharacters(line).length > most)).toEqual([]);
    expect(lines.some((line) => line.includes('\u001b'))).toBe(paper.colours);
  });

  test('shows name, state, percent, rate and time left', () => {
    const line = drawRow(
      { file: files[1]!, progress: { ...progress, bytesPerSecond: 1_500, etaSeconds: 6.1 } },
      papers[3]!,
    );
    expect(line).toMatch(/^ …?\S*file\.ts +UPLOADING +█+.?░+ +90 % +1\.5 kB\/s +eta 7 s$/);
  });
});

function newDelivery(delivery: Partial<Delivery>): Delivery {
  const sent = { fileId: 'file_a', name: 'a.ts', size: 1_000, sha256: '0'.repeat(64) };
  return { ...sent, completions: 1, refusals: 0, wasCut: false, resumedAt: null, ...delivery };
}

function newFacts(facts: Partial<FileFacts>): FileFacts {
  const defaults = { id: 'file_x', name: 'x.ts', state: 'UNTRACKED', version: 0, bytesReceived: 0, size: 1_000 };
  return { ...defaults, sha256: null, failure: null, ...facts };
}
