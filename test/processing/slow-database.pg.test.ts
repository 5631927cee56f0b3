// What a worker does when the database can be reached and yet does not take what it has: it is out of time or room.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NOT_TAKEN } from '../support/not-taken.ts';
import { until } from '../support/until.ts';
import { type WorkerBench, readBytes, runnerOf, startWorkers } from '../support/worker.ts';

let bench: WorkerBench;
beforeEach(async () => {
  bench = await startWorkers();
});
afterEach(() => bench.stop());

/** PostgreSQL itself ends a statement that takes too long: 57014. */
const runOutOfTime = (): Promise<unknown> =>
  bench.database.query(`select set_config('statement_timeout', '20', true); select pg_sleep(5)`);

/** A worker whose texts cannot be stored so many times. */
function start(failures: number) {
  const onText = vi.fn(async () => {
    if (onText.mock.calls.length <= failures) await runOutOfTime();
  });
  const [run, onLost] = [vi.fn(readBytes), vi.fn()];
  bench.start({ onText, onLost, runner: runnerOf(run) });
  return { onText, onLost, run };
}

const takenBefore = (epoch: number) => ({ ...NOT_TAKEN, since: new Date().toISOString(), epoch });

/** No file can become INDEXED: an error that no other try cures. */
const refuseEnds = (): Promise<unknown> =>
  bench.database.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = 'XX001'; end $$;
    create trigger refuse before update on file for each row when (new.state = 'INDEXED') execute function refuse()`);

it('a text that the database had no time for is sent again, and the file is not', async () => {
  const { onText, onLost, run } = start(2);
  const { fileId } = await bench.put();
  expect(await bench.ended(fileId)).toMatchObject({ state: 'INDEXED', properties: { plain: { bytes: 12 } } });
  expect(onText).toHaveBeenCalledTimes(3);
  expect(run).toHaveBeenCalledOnce();
  expect(onLost).not.toHaveBeenCalled();
});

it('after three times the file is given back with a pause, and no lease is lost', async () => {
  const { onText, onLost, run } = start(3);
  const { fileId } = await bench.put();
  const waiting = await until(
    () => bench.read(fileId),
    ({ processing }) => processing?.['epoch'] === 1 && processing['token'] === null,
  );
  expect(waiting.processing).toMatchObject({ lost: 0 });
  bench.claims.wake([{ queue: 'builtin', tenant: 'local' }]);
  expect(await bench.ended(fileId)).toMatchObject({ state: 'INDEXED', properties: { plain: { bytes: 12 } } });
  expect(onText).toHaveBeenCalledTimes(4);
  expect(run).toHaveBeenCalledTimes(2);
  expect(onLost).not.toHaveBeenCalled();
});

it('after eight workers the file is INDEXED without its text, and says so', async () => {
  start(Infinity);
  const { fileId } = await bench.put({ row: { processing: takenBefore(8) } });
  const row = await bench.ended(fileId);
  expect(row).toMatchObject({ state: 'INDEXED', failure: null });
  expect(row.properties).toEqual({ plain: { bytes: 12 }, textStored: false });
});

it('an end that cannot be committed gives the file back, and in the end fails it as one that can be retried', async () => {
  await refuseEnds();
  const { onLost } = start(0);
  const first = await bench.put();
  const waiting = await until(
    () => bench.read(first.fileId),
    ({ processing }) => processing?.['epoch'] === 1 && processing['token'] === null,
  );
  expect(waiting).toMatchObject({ state: 'PROCESSING', processing: { lost: 0 } });
  const last = await bench.put({ row: { processing: takenBefore(8) } });
  const row = await bench.ended(last.fileId);
  expect(row).toMatchObject({ state: 'FAILED', failure: { code: 'PROCESSING_UNAVAILABLE', retryable: true } });
  expect(onLost).not.toHaveBeenCalled();
});

it('an end that was committed and not answered is known again', async () => {
  const executeOne = bench.lifecycle.executeOne.bind(bench.lifecycle);
  vi.spyOn(bench.lifecycle, 'executeOne').mockImplementationOnce(async (command) => {
    await executeOne(command);
    return { outcome: 'failed', error: Object.assign(new Error('no answer'), { code: 'ECONNRESET' }) } as never;
  });
  const [onEnded, onLost] = [vi.fn(), vi.fn()];
  const worker = bench.start({ onEnded, onLost });
  const { fileId } = await bench.put();
  const row = await bench.ended(fileId);
  expect(row).toMatchObject({ state: 'INDEXED', version: 4, failure: null });
  await until(
    () => worker.held,
    (held) => held === 0,
  );
  expect(onEnded).toHaveBeenCalledOnce();
  expect(onLost).not.toHaveBeenCalled();
});
