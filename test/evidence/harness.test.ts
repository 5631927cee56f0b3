// The checks of the evidence can fail: one that cannot proves nothing about the engines.
import { describe, expect, test } from 'vitest';
import { createTableEngine } from '../../evidence/engines/table-engine.ts';
import { checkAgreement } from '../../evidence/agreement.ts';
import { CANDIDATES, type Candidate } from '../../evidence/candidates.ts';
import { BEGIN, END, rewrite } from '../../evidence/document.ts';
import { type Records, findViolations } from '../../evidence/invariants.ts';
import { createRandom } from '../support/random.ts';
import type { ChangeRow, FileRow } from '../../evidence/rows.ts';
import type { Answer } from '../../evidence/trial.ts';
import { type Cell, Lack, type Verdict, failuresOf, improvementsOf, runCheck } from '../../evidence/verdict.ts';

describe('a verdict', () => {
  const rowOf = (cell: Cell) => ({ label: '1', title: 'a criterion', cells: new Map([['X', cell]]) });
  const broken = (): string => {
    throw new Error('it broke');
  };
  const lacking = (): string => {
    throw new Lack('it cannot');
  };
  const cases: readonly (readonly [Verdict, string, () => string, failures: number, improvements: number])[] = [
    ['PASS', 'that is met', () => 'seen', 0, 0],
    ['PASS', 'that is not met', broken, 1, 0],
    ['PASS', 'that is lacking', lacking, 1, 0],
    ['FAIL', 'that is met after all', () => 'seen', 0, 1],
    ['FAIL', 'that is lacking as declared', lacking, 0, 0],
    ['FAIL', 'that broke in some other way', broken, 1, 0],
  ];

  test.each(cases)('expected to be %s, %s, counts as declared', async (expected, _, check, failures, better) => {
    const rows = [rowOf(await runCheck(expected, check))];
    expect(failuresOf(rows)).toHaveLength(failures);
    expect(improvementsOf(rows)).toHaveLength(better);
  });
});

describe('agreement', () => {
  test.each(CANDIDATES)('is found with $name', (candidate) => {
    expect(checkAgreement(candidate)).toContain('120 decisions');
  });

  test('is not found with an engine that ignores its guard, nor with one that loses an argument', () => {
    const lax: Candidate = { name: 'table', createEngine: () => createTableEngine({ hasAttemptsLeft: () => true }) };
    expect(() => checkAgreement(lax)).toThrow(/FAILED x RETRY, guard refuses/);
    const table = createTableEngine();
    const other = { code: 'OTHER', message: '', retryable: false };
    const lossy: Candidate = {
      name: 'table',
      createEngine: () => ({
        ...table,
        decide: (state, event, input) => table.decide(state, event, { ...input, failure: other }),
      }),
    };
    expect(() => checkAgreement(lossy)).toThrow(/UPLOADING x FAIL_UPLOAD/);
  });
});

describe('the invariants', () => {
  const engine = createTableEngine();
  const afterCommit = new Error('after the commit');
  const registered: FileRow = {
    id: 'f',
    state: 'UNTRACKED',
    version: 0,
    attempts: 0,
    maxAttempts: 3,
    bytesReceived: 0,
    failure: null,
  };
  const started: FileRow = { ...registered, state: 'UPLOADING', version: 1, attempts: 1 };
  const none = { event: null, from: null, to: null, failure: null };
  const begin: ChangeRow = { ...none, fileId: 'f', version: 0, kind: 'REGISTERED', attemptId: 'r', file: registered };
  const move: ChangeRow = {
    ...begin,
    version: 1,
    kind: 'TRANSITIONED',
    event: 'START_UPLOAD',
    from: 'UNTRACKED',
    to: 'UPLOADING',
    attemptId: 'a',
    file: started,
  };
  const success = { outcome: 'transitioned', transition: { version: 1, from: 'UNTRACKED', to: 'UPLOADING' } } as Answer;
  const sound: Records = {
    files: [started],
    changes: [begin, move],
    answers: new Map([['a', success]]),
    afterCommit,
  };
  const brokenAfter = (error: Error) => ({
    ...sound,
    answers: new Map([['a', { outcome: 'failed', error } as Answer]]),
  });

  test('hold of a correct history, also if its caller got an error after the commit', () => {
    expect(findViolations(engine, sound)).toEqual([]);
    expect(findViolations(engine, brokenAfter(afterCommit))).toEqual([]);
  });

  const tampered: readonly (readonly [what: string, Partial<Records>, found: RegExp])[] = [
    ['a gap in the versions', { changes: [begin, { ...move, version: 2 }] }, /version 2 at place 1/],
    ['a lost row', { changes: [begin] }, /the log at 0/],
    ['a row that was never sent', { answers: new Map() }, /never sent/],
    ['a move the machine does not know', { changes: [begin, { ...move, to: 'INDEXED' }] }, /replays otherwise/],
    ['an attempt that was not counted', { files: [{ ...started, attempts: 0 }] }, /0 attempts, 1 uploads/],
    ['another state than the log leads to', { files: [{ ...started, state: 'INDEXED' }] }, /the replay ends in/],
    [
      'a failure without its state',
      { files: [{ ...started, failure: { code: 'C', message: '', retryable: false } }] },
      /UPLOADING with failure/,
    ],
    ['a failure that was carried out', brokenAfter(new Error('before the commit')), /answered failed/],
    [
      'a success without its row',
      { answers: new Map([...sound.answers, ['b', success]]) },
      /b was answered transitioned/,
    ],
  ];

  test.each(tampered)('find %s', (_, change, found) => {
    expect(findViolations(engine, { ...sound, ...change }).join('\n')).toMatch(found);
  });
});

describe('the page', () => {
  test('is rewritten between the markers only, and a second time to the same text', () => {
    const once = rewrite(`# Title\n\n${BEGIN}\nold\n${END}\n\nreasons\n`, 'new');
    expect(once).toBe(`# Title\n\n${BEGIN}\n\nnew\n\n${END}\n\nreasons\n`);
    expect(rewrite(once, 'new')).toBe(once);
  });

  test.each(['no markers', `${END}${BEGIN}`, `${BEGIN}${END}${END}`, `${BEGIN}${BEGIN}${END}`])(
    'is left alone when its markers are not one pair: %s',
    (page) => {
      expect(() => rewrite(page, 'new')).toThrow(/must have one/);
    },
  );
});

test('the same seed brings the same choices, another seed other ones', () => {
  const draw = (seed: number): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 5 }, () => random.next());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});
