// What a batch adds to the counts of files: one row for all files that made the same move.
import { expect, it } from 'vitest';
import { type CountedMove, countDeltas } from '../../../src/lifecycle/batch/count-deltas.ts';

const move = (tenant: string, from: CountedMove['from'], to: CountedMove['to']): CountedMove => ({ tenant, from, to });

it('is a row for each move that was made, and none for files that stay', () => {
  const moves = [
    move('a', 'UNTRACKED', 'UPLOADING'),
    move('a', 'UPLOADING', 'UPLOADING'),
    move('a', 'UNTRACKED', 'UPLOADING'),
    move('b', 'UNTRACKED', 'UPLOADING'),
    move('a', null, 'UNTRACKED'),
    move('a', 'FAILED', null),
    move('a', 'FAILED', null),
  ];
  expect(countDeltas(moves)).toEqual([
    { tenant: 'a', state: 'UPLOADING', files: 2, fromState: 'UNTRACKED' },
    { tenant: 'b', state: 'UPLOADING', files: 1, fromState: 'UNTRACKED' },
    { tenant: 'a', state: 'UNTRACKED', files: 1, fromState: null },
    { tenant: 'a', state: 'FAILED', files: -2, fromState: null },
  ]);
});
