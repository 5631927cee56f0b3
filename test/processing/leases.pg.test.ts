// Leases of a worker: kept for as long as the work takes, and lost when another has the file or there is none.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { readLog } from '../support/lifecycle.ts';
import { until } from '../support/until.ts';
import { NOTHING, type WorkerBench, endless, readingRunner, runnerOf, startWorkers } from '../support/worker.ts';

let bench: WorkerBench;
beforeEach(async () => {
  bench = await startWorkers();
});
afterEach(() => bench.stop());

describe('a lease', () => {
  it('is extended for as long as the work takes', async () => {
    const { runner, begun } = endless();
    bench.start({ runner });
    const { fileId } = await bench.put();
    await begun;
    const endOf = async (): Promise<number> => {
      const [row] = await bench.database.query<{ at: Date }>('select claimable_at as at from file where id = $1', [
        fileId,
      ]);
      return row!.at.getTime();
    };
    const first = await endOf();
    await until(endOf, (at) => at > first);
  });

  it('that is over is worth nothing: the worker drops the file, and another one ends it', async () => {
    const stuck = endless();
    let isFirst = true;
    const runner = runnerOf((job) => {
      const its = isFirst ? stuck.runner : readingRunner;
      isFirst = false;
      return its.run(job);
    });
    const worker = bench.start({ runner });
    const { fileId } = await bench.put();
    await stuck.begun;
    // As if it had been stopped for longer than its lease.
    await bench.database.query(`update file set claimable_at = now() - interval '1 second' where id = $1`, [fileId]);
    bench.claims.wake([{ queue: 'builtin', tenant: 'local' }]);
    expect(await bench.ended(fileId)).toMatchObject({ state: 'INDEXED', version: 4 });
    await until(
      () => worker.held,
      (held) => held === 0,
    );
    expect(await readLog(bench.database, fileId)).toHaveLength(1);
  });

  it('is lost when the file is deleted', async () => {
    const { runner, begun } = endless();
    const onLost = vi.fn();
    const worker = bench.start({ runner, onLost });
    const { fileId } = await bench.put();
    await begun;
    await bench.lifecycle.executeOne({
      kind: 'remove',
      tenant: 'local',
      actor: 'test',
      attemptId: uuidv7(),
      fileId,
      expectedVersion: null,
    });
    await until(
      () => worker.held,
      (held) => held === 0,
    );
    expect(onLost).toHaveBeenCalledOnce();
  });

  it.each([
    ['that waits longer than it should', false],
    ['that waits when the worker stops', true],
  ])('is lost of a file %s, and that is told', async (_which, stops) => {
    const blocked = Promise.withResolvers<void>();
    const run = vi
      .fn(async () => {
        await blocked.promise;
        return NOTHING;
      })
      // The worker learns that files take no time, and takes more than it can run.
      .mockResolvedValueOnce(NOTHING);
    const onLost = vi.fn();
    const worker = bench.start({ runner: runnerOf(run), concurrency: 1, onLost });
    await bench.ended((await bench.put()).fileId);
    const files = [await bench.put(), await bench.put()];
    await until(
      () => worker.held,
      (held) => held === 2,
    );
    const waiting = files[1]!.fileId;
    // As another worker does that finds the lease over.
    const taken = JSON.stringify({ worker: 'another', token: uuidv7() });
    await bench.database.query('update file set processing = processing || $2::jsonb where id = $1', [waiting, taken]);
    const stopped = stops ? worker.stop() : undefined;
    await until(
      () => onLost.mock.calls.length,
      (calls) => calls === 1,
    );
    blocked.resolve();
    await stopped;
    expect((await bench.ended(files[0]!.fileId)).state).toBe('INDEXED');
    expect(await bench.read(waiting)).toMatchObject({ state: 'PROCESSING', processing: { worker: 'another' } });
    expect(onLost).toHaveBeenCalledOnce();
  });
});
