// Progress bars: their state, the transfer rate, and that no line is wider than the terminal.
import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../../cli/api/files.ts';
import { drawBar } from '../../cli/output/bar.ts';
import { widthOf } from '../../cli/output/text.ts';
import { Board } from '../../cli/upload/board.ts';
import { drawBoard } from '../../cli/upload/draw-board.ts';
import { formatEvent, formatSummary } from '../../cli/upload/format-event.ts';
import { Meter } from '../../cli/upload/meter.ts';

const MIB = 1_024 ** 2;
const file = { id: 'file_1', state: 'UPLOADING', bytesReceived: 0 } as FileFacts;
const wide = { columns: 120, colours: false };
const newJob = (name: string, size: number) => ({ path: `/${name}`, name, size });

describe('the meter', () => {
  it('has no rate at first, then the rate of the last seconds', () => {
    const meter = new Meter();
    expect(meter.rate(0)).toBeNull();
    meter.add(100 * MIB, 0);
    expect(meter.rate(100), 'bytes from before do not count').toBeNull();
    for (let at = 100; at <= 20_000; at += 100)
      meter.add((100 + (at < 10_000 ? at / 1_000 : 10 + (at - 10_000) / 100)) * MIB, at);
    expect(meter.rate(20_000)! / MIB).toBeCloseTo(10, 0);
    expect(meter.secondsLeft(50 * MIB, 20_000)).toBeCloseTo(5, 0);
  });

  it('falls when nothing arrives, and starts over when bytes are sent again', () => {
    const meter = new Meter();
    meter.add(0, 0);
    meter.add(10 * MIB, 1_000);
    expect(meter.rate(2_000)).toBe(5 * MIB);
    expect(meter.rate(10_000)).toBe(MIB);
    meter.add(2 * MIB, 11_000);
    expect(meter.rate(11_100)).toBeNull();
    meter.add(3 * MIB, 12_000);
    expect(meter.rate(12_000)).toBe(MIB);
  });
});

describe('the board', () => {
  const a = newJob('a.bin', 100 * MIB);
  const b = newJob('b.bin', 100 * MIB);

  it('shows percent, rate and time left, of each upload and in total', () => {
    const board = new Board([a, b], false);
    for (const job of [a, b]) board.apply({ kind: 'started', job }, 0);
    board.apply({ kind: 'resumed', job: a, file, bytes: 50 * MIB }, 0);
    board.apply({ kind: 'progressed', job: a, file, bytes: 50 * MIB }, 0);
    board.apply({ kind: 'progressed', job: a, file, bytes: 60 * MIB }, 1_000);
    board.apply({ kind: 'delayed', job: b, reason: 'the connection broke', retryMs: 2_000 }, 1_000);
    expect(drawBoard(board, wide, 1_000)).toEqual([
      expect.stringMatching(/^ a\.bin +█+.?░+ {3}60 % {3}100 MiB {4}10 MiB\/s +4 s left$/),
      expect.stringMatching(/^ b\.bin +░+ {4}0 % {3}100 MiB {2}trying again in 2 s: the…$/),
      expect.stringMatching(/^ 0 of 2 files +█+.?░+ {3}30 % {3}200 MiB {4}10 MiB\/s +14 s left$/),
    ]);
    board.apply({ kind: 'uploaded', job: a, file, seconds: 5 }, 5_000);
    board.apply({ kind: 'failed', job: b, id: null, code: 'X', message: '' }, 5_000);
    expect(board.total).toMatchObject({ done: 2, files: 2, bytes: 200 * MIB });
    expect(board.rows).toEqual([]);
  });

  it('counts files being processed', () => {
    const board = new Board([a, b], true);
    board.apply({ kind: 'started', job: a }, 0);
    board.apply({ kind: 'uploaded', job: a, file, seconds: 1 }, 1_000);
    expect(board.total.processing).toBe(1);
    board.apply({ kind: 'started', job: b }, 0);
    board.apply({ kind: 'found', job: b, file }, 1_000);
    expect(drawBoard(board, wide, 1_000).at(-1)).toMatch(/ 2 of 2 files .*100 % .* 2 being processed$/);
    board.apply({ kind: 'indexed', job: a, file }, 2_000);
    board.apply({ kind: 'failed', job: b, id: 'file_2', code: 'X', message: '' }, 2_000);
    board.apply({ kind: 'failed', job: newJob('not there', 0), id: null, code: 'X', message: '' }, 2_000);
    expect(board.total.processing).toBe(0);
  });

  it.each([40, 60, 79, 80, 99, 120, 200])('fits %i columns, with and without colours', (columns) => {
    const jobs = ['a', '写真/'.repeat(30), 'x'.repeat(300), '👩‍👩‍👧'.repeat(50)].map((name, index) =>
      newJob(name, 10 ** (index * 4)),
    );
    const board = new Board(jobs, false);
    for (const [index, job] of jobs.entries()) {
      board.apply({ kind: 'started', job }, 0);
      board.apply({ kind: 'progressed', job, file, bytes: 0 }, 0);
      board.apply({ kind: 'progressed', job, file, bytes: Math.floor(job.size / 3) }, 1_000);
      if (index === 2)
        board.apply(
          { kind: 'delayed', job, reason: 'a reason that goes on and on \u001b[2J'.repeat(9), retryMs: 0 },
          0,
        );
    }
    for (const colours of [true, false]) {
      const lines = drawBoard(board, { columns, colours }, 1_000);
      expect(lines).toHaveLength(5);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(lines.join('').includes('\u001b[2J')).toBe(false);
    }
  });

  it('shows how far workers are, for a few files at most', () => {
    const jobs = Array.from({ length: 20 }, (_each, at) => newJob(`${at}.bin`, MIB));
    const board = new Board(jobs, true);
    for (const job of jobs) {
      board.apply({ kind: 'started', job }, 0);
      board.apply({ kind: 'uploaded', job, file, seconds: 1 }, 0);
    }
    expect(drawBoard(board, wide, 0)).toHaveLength(1);
    for (const job of jobs) {
      board.apply({ kind: 'processing', job, id: 'file_1', fraction: 0.5, message: 'reading\u001b[2J' }, 0);
    }
    const lines = drawBoard(board, wide, 0);
    expect(lines).toHaveLength(9);
    expect(lines[0]).toMatch(/^ 0\.bin .* 50 % .*processing: reading.\[2J$/);
    board.apply({ kind: 'indexed', job: jobs[0]!, file }, 0);
    expect(drawBoard(board, wide, 0)[0]).toMatch(/^ 1\.bin /);
  });

  it('a bar has the given width for any fraction', () => {
    for (const fraction of [-1, 0, 0.001, 1 / 3, 0.5, 0.999, 1, 2, Number.NaN]) {
      expect(widthOf(drawBar(wide, 'cyan', fraction, 20)), String(fraction)).toBe(20);
    }
  });
});

describe('lines', () => {
  const job = newJob('dir/a.bin', 3 * MIB);

  it('describe what happens to a file, but not its progress', () => {
    expect(formatEvent({ kind: 'progressed', job, file, bytes: 1 }, wide)).toBeNull();
    expect(formatEvent({ kind: 'registered', job, file }, wide)).toBe('registered  file_1  dir/a.bin  3.0 MiB');
    expect(formatEvent({ kind: 'resumed', job, file, bytes: MIB }, wide)).toBe(
      'resumed     file_1  dir/a.bin  33 % of 3.0 MiB already uploaded',
    );
    expect(formatEvent({ kind: 'failed', job, id: null, code: 'X', message: 'no\u001b[2J' }, wide)).toBe(
      'failed      dir/a.bin  X: no�[2J',
    );
  });

  it('end with the summary', () => {
    const none = { uploaded: 0, found: 0, indexed: 0, failed: 0, unfinished: 0, bytes: 0, seconds: 0 };
    expect(formatSummary(none)).toBe('nothing to upload; 0 B in 0 ms');
    expect(formatSummary({ ...none, uploaded: 3, found: 1, failed: 2, bytes: 30 * MIB, seconds: 2 })).toBe(
      '3 uploaded, 1 already uploaded, 2 failed; 30 MiB in 2 s (15 MiB/s)',
    );
  });
});
