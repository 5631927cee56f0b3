// What ends the processing of a file: its deadline, being cancelled, and being given back too often; and what is retried by
// itself.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { ClaimedFile } from '../../src/lifecycle/processing-commands.ts';
import { createProcessingPolicy } from '../../src/lifecycle/processing-policy.ts';
import { type Bench, registration, sending, startLifecycle } from '../support/lifecycle.ts';
import { LONG_TIMERS } from '../support/timers.ts';

const MINUTE = 60_000;
const TIMERS = { ...LONG_TIMERS, processingTimeout: 10 * MINUTE, queueTimeout: 60 * MINUTE };
const asked = () => ({ tenant: 'local', actor: 'test', attemptId: uuidv7() });

let bench: Bench;
beforeEach(async () => {
  const policy = createProcessingPolicy({ rules: [], autoRetry: true, retryBackoffMs: MINUTE });
  bench = await startLifecycle({ policy, timers: TIMERS });
});
afterEach(() => bench.stop());

/** An empty MANAGED file is in PROCESSING at once, an EXTERNAL one when its client says so. */
async function queued(transfer: 'MANAGED' | 'EXTERNAL'): Promise<string> {
  const command = registration(transfer === 'MANAGED' ? { transfer, size: 0 } : {});
  await bench.lifecycle.executeOne(command);
  if (transfer === 'EXTERNAL') {
    for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD'] as const) {
      await bench.lifecycle.executeOne(sending(command.fileId, event));
    }
  }
  return command.fileId;
}

async function claim(queue: 'builtin' | 'external', leaseMs = MINUTE): Promise<ClaimedFile | undefined> {
  const shares = [{ tenant: 'local', files: 1 }];
  const wanted = { worker: 'w1', queue, shares, contentTypes: null, leaseMs };
  const answer = await bench.lifecycle.executeOne({ ...asked(), kind: 'claim', fileId: uuidv7(), ...wanted });
  return answer.outcome === 'claimed' ? answer.files[0] : undefined;
}

const giveBack = (fileId: string, leaseToken: string, afterMs = 0) =>
  bench.lifecycle.executeOne({ ...asked(), kind: 'release', fileId, leaseToken, afterMs });

interface Row {
  readonly due: number | null;
  readonly claimable: number | null;
  readonly updated: number;
}

/** Milliseconds after the file's last change. */
async function timesOf(fileId: string): Promise<Row> {
  const ms = (column: string): string => `(extract(epoch from ${column} - updated_at) * 1000)::int`;
  const [row] = await bench.database.query<Row>(
    `select ${ms('due_at')} as due, ${ms('claimable_at')} as claimable from file where id = $1`,
    [fileId],
  );
  return row!;
}

it('a file may wait for the first worker of this service for longer than it may be processed', async () => {
  const id = await queued('MANAGED');
  expect((await timesOf(id)).due).toBe(TIMERS.queueTimeout);
  await claim('builtin');
  expect((await timesOf(id)).due).toBe(TIMERS.processingTimeout);
  expect((await timesOf(await queued('EXTERNAL'))).due).toBe(TIMERS.processingTimeout);
});

it('no lease is longer than the processing may take', async () => {
  const id = await queued('EXTERNAL');
  await claim('external', 60 * MINUTE);
  expect(await timesOf(id)).toEqual({ due: TIMERS.processingTimeout, claimable: TIMERS.processingTimeout });
});

it('the deadline of a file that is given back with a pause counts from the end of the pause', async () => {
  const id = await queued('EXTERNAL');
  const claimed = await claim('external');
  await giveBack(id, claimed!.leaseToken, 60 * MINUTE);
  expect(await timesOf(id)).toEqual({ due: 60 * MINUTE + TIMERS.processingTimeout, claimable: 60 * MINUTE });
});

it('a file that a hundred leases have not ended fails', async () => {
  const id = await queued('EXTERNAL');
  for (let lease = 1; lease <= 100; lease += 1) await giveBack(id, (await claim('external'))!.leaseToken);
  expect(await claim('external')).toBeUndefined();
  const answer = await bench.lifecycle.executeOne({ ...asked(), kind: 'cancel', fileId: id });
  expect(answer).toMatchObject({ file: { state: 'FAILED', failure: { code: 'PROCESSING_ABANDONED' } } });
});

it.each(['COMPLETE_PROCESSING', 'FAIL_PROCESSING'] as const)(
  'a cancelled file fails as such when its worker answers with %s, and is not retried',
  async (event) => {
    const id = await queued('MANAGED');
    const { leaseToken } = (await claim('builtin'))!;
    await bench.lifecycle.executeOne({ ...asked(), kind: 'cancel', fileId: id });
    expect(await bench.lifecycle.executeOne(sending(id, event, { leaseToken }))).toMatchObject({
      outcome: 'rejected',
      code: 'STALE_LEASE',
      file: { state: 'FAILED', failure: { code: 'CANCELED' } },
    });
    expect((await timesOf(id)).due).toBeNull();
  },
);

it('only what failed in processing is retried by itself', async () => {
  const failure = { code: 'PASSING', message: 'passes', retryable: true };
  const failed = await queued('MANAGED');
  const { leaseToken } = (await claim('builtin'))!;
  await bench.lifecycle.executeOne(sending(failed, 'FAIL_PROCESSING', { failure, leaseToken }));
  const { due } = await timesOf(failed);
  expect(due! > 0.8 * MINUTE && due! < 1.2 * MINUTE).toBe(true);

  const reset = await queued('MANAGED');
  const lease = (await claim('builtin'))!;
  await bench.lifecycle.executeOne(sending(reset, 'COMPLETE_PROCESSING', { leaseToken: lease.leaseToken }));
  await bench.lifecycle.executeOne(sending(reset, 'FAIL_RESET', { failure }));
  expect((await timesOf(reset)).due).toBeNull();

  const wrong = registration({ transfer: 'MANAGED', size: 0, sha256: 'ab'.repeat(32) });
  await bench.lifecycle.executeOne(wrong);
  expect((await timesOf(wrong.fileId)).due).toBeNull();
});
