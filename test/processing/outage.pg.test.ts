// A file is given back when the service lacks something, and only then: not because a processor says so.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inspectWithClamd } from '../../src/processing/worker/inspect.ts';
import { type ClamdServer, startClamd } from '../support/clamd-server.ts';
import { type WorkerBench, failed, runnerOf, startWorkers } from '../support/worker.ts';

let bench: WorkerBench;
let clamd: ClamdServer | undefined;
beforeEach(async () => {
  bench = await startWorkers();
});
afterEach(async () => {
  await bench.stop();
  await clamd?.close();
});

it('a file whose scanner is away is given back, and tried again', async () => {
  const away = await startClamd();
  await away.close();
  clamd = await startClamd();
  const addresses = [away.address, clamd.address];
  bench.start({ inspect: (job) => inspectWithClamd(addresses.shift() ?? clamd!.address)(job) });
  const { fileId } = await bench.put();
  expect(await bench.ended(fileId)).toMatchObject({ state: 'INDEXED' });
  expect(addresses).toEqual([]);
});

it('a file fails whose processor reports what a scanner would', async () => {
  let runs = 0;
  const runner = runnerOf(async () => {
    runs += 1;
    return await Promise.resolve(failed('CLAMD_UNAVAILABLE'));
  });
  bench.start({ runner });
  const { fileId } = await bench.put();
  expect(await bench.ended(fileId)).toMatchObject({ state: 'FAILED', failure: { code: 'CLAMD_UNAVAILABLE' } });
  expect(runs).toBe(1);
});
