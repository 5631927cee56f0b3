// A worker from the claim to the commit: what it does with the findings, with failures, with files that are taken away from
// it, and when it stops.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Job } from '../../src/processing/run-file.ts';
import { StoreUnavailable } from '../../src/uploads/store/byte-store.ts';
import { readLog } from '../support/lifecycle.ts';
import { until } from '../support/until.ts';
import { NOTHING, type WorkerBench, endless, failed, readBytes, runnerOf, startWorkers } from '../support/worker.ts';

let bench: WorkerBench;
beforeEach(async () => {
  bench = await startWorkers();
});
afterEach(() => bench.stop());

const asked = () => ({ tenant: 'local', actor: 'test', attemptId: uuidv7() });

describe('a worker', () => {
  it('ends a file with what its processors found, in one commit', async () => {
    const texts: [string, string][] = [];
    const onText = vi.fn((claimed: { leaseToken: string; file: { id: string } }, text: string) => {
      texts.push([claimed.file.id, text]);
      return Promise.resolve();
    });
    const onEnded = vi.fn();
    bench.start({ onText, onEnded });
    const { fileId } = await bench.put({ cuts: [3] });
    expect(await bench.ended(fileId)).toMatchObject({
      state: 'INDEXED',
      version: 4,
      processing: null,
      properties: { plain: { bytes: 12 } },
    });
    expect(texts).toEqual([[fileId, 'hello, world']]);
    const log = await readLog(bench.database, fileId);
    expect(log).toMatchObject([{ event: 'COMPLETE_PROCESSING', to_state: 'INDEXED' }]);
    await until(
      () => onEnded.mock.calls,
      (calls) => calls.length === 1,
    );
    expect(onEnded.mock.calls[0]![0]).toBeNull();
  });

  it('fails a file with the failure of its processors, and one that finds too much', async () => {
    const many = { outcome: 'completed' as const, properties: { big: { a: 'x'.repeat(40_000) } }, text: null };
    bench.start({
      runner: runnerOf(({ file }) => Promise.resolve(file.size === 12 ? failed('UNREADABLE') : many)),
    });
    const [broken, big] = [await bench.put(), await bench.put({ bytes: Buffer.alloc(5) })];
    expect(await bench.ended(broken.fileId)).toMatchObject({ state: 'FAILED', failure: { code: 'UNREADABLE' } });
    expect(await bench.ended(big.fileId)).toMatchObject({
      state: 'FAILED',
      failure: { code: 'PROPERTIES_TOO_LARGE', retryable: false },
    });
  });

  it('survives a runner that throws', async () => {
    const run = vi.fn(readBytes).mockRejectedValueOnce(new Error('broken'));
    bench.start({ runner: runnerOf(run) });
    const { fileId } = await bench.put();
    expect(await bench.ended(fileId)).toMatchObject({ failure: { code: 'PROCESSING_UNAVAILABLE', retryable: true } });
    expect(await bench.ended((await bench.put()).fileId)).toMatchObject({ state: 'INDEXED' });
  });

  it('runs so many at once, and never more', async () => {
    let [running, most] = [0, 0];
    const runner = runnerOf(async () => {
      running += 1;
      most = Math.max(most, running);
      // Files come one by one: the first ones are not to be over before there are others.
      await until(
        () => most,
        (count) => count >= 3,
      );
      await sleep(20);
      running -= 1;
      return NOTHING;
    });
    bench.start({ runner, concurrency: 3 });
    const files = await Promise.all(Array.from({ length: 12 }, () => bench.put()));
    for (const { fileId } of files) expect(await bench.ended(fileId)).toMatchObject({ state: 'INDEXED' });
    expect(most).toBe(3);
  });

  it('looks at the bytes before its processors do, if it is told to', async () => {
    const run = vi.fn(readBytes);
    const inspect = vi
      .fn(readBytes)
      .mockResolvedValueOnce(failed('MALWARE'))
      .mockResolvedValue(null as never);
    bench.start({ runner: runnerOf(run), inspect, concurrency: 1 });
    expect(await bench.ended((await bench.put()).fileId)).toMatchObject({ failure: { code: 'MALWARE' } });
    expect(run).not.toHaveBeenCalled();
    expect(await bench.ended((await bench.put()).fileId)).toMatchObject({ state: 'INDEXED' });
  });
});

describe('a file', () => {
  it('whose bytes are gone fails for good; one whose store is away is given back, and tried again', async () => {
    const [lost, away] = [await bench.put(), await bench.put()];
    bench.store.segments.delete(lost.segments[0]!);
    let times = 0;
    bench.store.beforeChunk = () => {
      times += 1;
      return times > 1 ? Promise.resolve() : Promise.reject(new StoreUnavailable(new Error('away')));
    };
    bench.start();
    expect(await bench.ended(lost.fileId)).toMatchObject({ failure: { code: 'BYTES_LOST', retryable: false } });
    expect(await bench.ended(away.fileId)).toMatchObject({ state: 'INDEXED', version: 4 });
    expect(times).toBe(2);
  });

  it('that was cancelled while it was worked on fails as cancelled', async () => {
    const { runner, begun } = endless();
    bench.start({ runner });
    const { fileId } = await bench.put();
    await begun;
    await bench.lifecycle.executeOne({ ...asked(), kind: 'cancel', fileId });
    expect(await bench.ended(fileId)).toMatchObject({ state: 'FAILED', failure: { code: 'CANCELED' } });
  });

  it('shows its progress while it is worked on', async () => {
    const told = Promise.withResolvers<void>();
    const runner = runnerOf(async ({ onProgress }) => {
      for (let step = 1; step <= 50; step += 1) onProgress({ fraction: step / 100, message: `step ${step}` });
      await told.promise;
      return NOTHING;
    });
    const execute = vi.spyOn(bench.lifecycle, 'execute');
    bench.start({ runner });
    const { fileId } = await bench.put();
    const row = await until(
      () => bench.read(fileId),
      ({ processing }) => processing?.['progress'] != null,
    );
    expect(row.processing).toMatchObject({ progress: 0.5, message: 'step 50', worker: 'w1' });
    expect(execute.mock.calls.flat(2).filter(({ kind }) => kind === 'extend').length).toBeLessThan(3);
    told.resolve();
    expect(await bench.ended(fileId)).toMatchObject({ state: 'INDEXED' });
  });
});

describe('a worker that stops', () => {
  it('finishes what it can, gives back the rest, and takes nothing new', async () => {
    const { runner, begun } = endless();
    const slow = Promise.withResolvers<void>();
    const run = vi
      .fn((job: Job) => runner.run(job))
      .mockImplementationOnce(async () => {
        await slow.promise;
        return NOTHING;
      });
    const worker = bench.start({ runner: runnerOf(run) });
    const quick = await bench.put();
    const stuck = await bench.put();
    await begun;
    const stopped = worker.stop();
    slow.resolve();
    const late = await bench.put();
    await stopped;
    expect(await bench.read(quick.fileId)).toMatchObject({ state: 'INDEXED' });
    expect(await bench.read(stuck.fileId)).toMatchObject({ state: 'PROCESSING', processing: { token: null, lost: 0 } });
    expect(await bench.read(late.fileId)).toMatchObject({ processing: { epoch: 0 } });
    expect(worker.held).toBe(0);
  });

  it('does not wait for processors that do not listen', async () => {
    const begun = Promise.withResolvers<void>();
    const runner = runnerOf(() => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    const worker = bench.start({ runner });
    const { fileId } = await bench.put();
    await begun.promise;
    await worker.stop();
    expect(await bench.read(fileId)).toMatchObject({ state: 'PROCESSING', processing: { token: null, lost: 0 } });
  });
});
