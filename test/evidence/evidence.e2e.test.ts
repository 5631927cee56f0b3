// `npm run evidence`, shorter and on a copy of the page; and its criteria against engines that are wrong on purpose.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTableEngine } from '../../evidence/engines/table-engine.ts';
import type { Candidate } from '../../evidence/candidates.ts';
import { CRITERIA } from '../../evidence/criteria.ts';
import { ResourceCounter } from '../../evidence/open-resources.ts';
import { Trial } from '../../evidence/trial.ts';
import { runCheck } from '../../evidence/verdict.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';

const PAGE = 'docs/approach-selection.md';
// It takes about 10 s on an idle machine. A longer run is stopped with SIGTERM.
const TIMEOUT_MS = 150_000;

describe('npm run evidence', () => {
  let directory: string;
  let page: string;
  let outcome: { code: number | null; output: string };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'waybill-evidence-page-'));
    page = join(directory, 'page.md');
    await copyFile(PAGE, page);
    const args = ['evidence/main.ts', '--page', page, '--events', '1200', '--rounds', '1'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    outcome = { code, output };
  }, TIMEOUT_MS + 30_000);

  afterAll(() => rm(directory, { recursive: true }));

  test('exits 0 and says which seed it used', () => {
    expect(outcome.code, outcome.output).toBe(0);
    expect(outcome.output).toMatch(/^seed \d+: WAYBILL_EVIDENCE_SEED=\d+/);
    expect(outcome.output).toContain('19 rows, 0 failures');
  });

  test('writes 11 criteria, and every engine passes them all', async () => {
    const written = await readFile(page, 'utf8');
    const rows = [...written.matchAll(/^\| (\d+) \| [^|]+ \| (\w+) \| (\w+) \| (\w+) \|$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for (const [row, , ...verdicts] of rows) expect(verdicts, row).toEqual(['PASS', 'PASS', 'PASS']);
  });

  test('writes the verdicts, lines and prose that the committed page has: only numbers differ', async () => {
    const withoutNumbers = (text: string): string => text.replaceAll(/\d+(?:\.\d+)?/g, '#');
    expect(withoutNumbers(await readFile(page, 'utf8'))).toBe(withoutNumbers(await readFile(PAGE, 'utf8')));
  });
});

describe('a wrong engine', () => {
  let database: TestDatabase;

  beforeAll(async () => void (database = await createDatabase()));
  afterAll(() => database.drop());

  async function failedBy(createEngine: Candidate['createEngine']): Promise<number[]> {
    const failed: number[] = [];
    for (const { number, check } of CRITERIA) {
      const trial = new Trial({ name: 'table', createEngine }, { url: database.url, seed: 1, events: 1200 });
      const { verdict } = await runCheck('PASS', () => check(trial));
      await trial.close();
      if (verdict === 'FAIL') failed.push(number);
    }
    return failed;
  }

  test('that never asks its guard fails where guards matter', async () => {
    expect(await failedBy(() => createTableEngine({ hasAttemptsLeft: () => true }))).toEqual([1, 6, 7, 10, 11]);
  });

  test('that skips a state fails where states matter', async () => {
    const createHasty: Candidate['createEngine'] = (guards) => {
      const table = createTableEngine(guards);
      return {
        ...table,
        decide: (state, event, input) => {
          const decision = table.decide(state, event, input);
          const skips = event === 'COMPLETE_UPLOAD' && decision.outcome === 'accepted';
          return skips ? { ...decision, to: 'INDEXED' } : decision;
        },
      };
    };
    expect(await failedBy(createHasty)).toEqual([9, 11]);
  });
});

test('an open connection is counted as a leak until it is closed', async () => {
  const database = await createDatabase();
  const counter = await ResourceCounter.connect(database.url);
  const before = await counter.count();
  const client = new pg.Client({ connectionString: database.url, application_name: 'left-open' });
  await client.connect();
  expect(await counter.leaksSince(before, 0)).toContain('1 more connection left-open');
  await client.end();
  expect((await counter.leaksSince(before)).join()).not.toContain('left-open');
  await counter.close();
  await database.drop();
});
