// Who gets which file, who waits for one, and what wakes those who wait.
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ClaimedFile } from '../../src/lifecycle/processing-commands.ts';
import { Claims } from '../../src/processing/claims.ts';
import type { ClaimRequest } from '../../src/processing/queue/waiter.ts';
import { createLogger } from '../../src/log.ts';
import { type ClaimsBench, asking, patient, queued, startClaims } from '../support/processing.ts';
import { until } from '../support/until.ts';

const WAIT_MS = 20_000;
const now = (): number => performance.now();

let bench: ClaimsBench;

beforeEach(async () => {
  // Nothing but a signal wakes those who wait.
  bench = await startClaims({ pollMs: 600_000 });
});
afterEach(() => bench.stop());

const idsOf = (files: readonly ClaimedFile[]): string[] => files.map(({ file }) => file.id);

/** How many files nobody has. */
async function countFree(): Promise<number> {
  const [row] = await bench.database.query<{ free: number }>(
    `select count(*)::int as free from file where processing->>'token' is null and queue is not null`,
  );
  return row!.free;
}

it('answers at once with what there is, oldest first, and not more than the limit', async () => {
  const ids = [await queued(bench), await queued(bench), await queued(bench)];
  expect(idsOf(await bench.claims.claim(asking({ limit: 2 }), patient()))).toEqual(ids.slice(0, 2));
  expect(idsOf(await bench.claims.claim(asking({ limit: 1_000_000_000 }), patient()))).toEqual(ids.slice(2));
  expect(await bench.claims.claim(asking(), patient())).toEqual([]);
  expect(await bench.claims.claim(asking({ limit: 0, waitMs: WAIT_MS }), patient())).toEqual([]);
});

it('goes past files that have to fail instead', async () => {
  for (const _ of [1, 2, 3]) await queued(bench);
  const last = await queued(bench);
  // As after five lost workers.
  await bench.database.query(
    `update file set processing = processing || '{"lost": 5}' where id <> $1 and processing is not null`,
    [last],
  );
  expect(idsOf(await bench.claims.claim(asking({ limit: 1 }), patient()))).toEqual([last]);
});

it('waits for a file, and is woken by the commit that brings it', async () => {
  const waiting = bench.claims.claim(asking({ waitMs: WAIT_MS }), patient());
  const id = await queued(bench);
  expect(idsOf(await waiting)).toEqual([id]);
});

it('goes with nothing when its time is up', async () => {
  expect(await bench.claims.claim(asking({ waitMs: 50 }), patient())).toEqual([]);
  await queued(bench);
  await sleep(50);
  expect(await countFree()).toBe(1);
});

it('is woken when a lease runs out and when a pause ends, though nothing is committed then', async () => {
  const id = await queued(bench);
  const [held] = await bench.claims.claim(asking({ leaseMs: 300 }), patient());
  const [next] = await bench.claims.claim(asking({ waitMs: WAIT_MS, worker: 'w2' }), patient());
  expect(next).toMatchObject({ attempt: 2, file: { id, processing: { worker: 'w2' } } });
  expect(next!.leaseToken).not.toBe(held!.leaseToken);
  const origin = { tenant: 'local', actor: 'test', attemptId: held!.leaseToken, fileId: id };
  await bench.lifecycle.executeOne({ kind: 'release', ...origin, leaseToken: next!.leaseToken, afterMs: 300 });
  expect(idsOf(await bench.claims.claim(asking({ waitMs: WAIT_MS }), patient()))).toEqual([id]);
});

it('wakes by a slow poll when every signal was lost', async () => {
  const claims = new Claims({ ...bench, log: createLogger('silent'), newId: uuidv7, now, pollMs: 100 });
  const waiting = claims.claim(asking({ waitMs: WAIT_MS }), patient());
  const id = await queued(bench);
  expect(idsOf(await waiting)).toEqual([id]);
  await claims.stop();
});

it('serves those who wait in their order, each file once, and many cost a few queries only', async () => {
  const waiters = Array.from({ length: 300 }, (_, at) =>
    bench.claims.claim(asking({ waitMs: WAIT_MS, worker: `w${at}` }), patient()),
  );
  await sleep(50);
  const execute = vi.spyOn(bench.lifecycle, 'execute');
  const ids = await Promise.all([queued(bench), queued(bench)]);
  const first = await Promise.all(waiters.slice(0, 2));
  expect(first.flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
  expect(first.map(([claimed]) => claimed!.file.processing?.worker)).toEqual(['w0', 'w1']);
  const claims = execute.mock.calls.flat(2).filter((command) => command.kind === 'claim');
  expect(claims.length).toBeLessThan(20);
  await bench.claims.stop();
  expect(await Promise.all(waiters.slice(2))).toEqual(Array.from({ length: 298 }, () => []));
});

it('looks only for those who wait for what a commit has queued, and once for all who want the same', async () => {
  const connect = vi.spyOn(bench.pool, 'connect');
  const wait = (more: Partial<ClaimRequest>) => bench.claims.claim(asking({ waitMs: WAIT_MS, ...more }), patient());
  const others = Array.from({ length: 20 }, (_, at) => wait({ tenants: [`t${at}`] }));
  others.push(wait({ queue: 'builtin' }), wait({ queue: 'builtin', tenants: null }));
  const same = [
    ['Text/Plain', 'image/*'],
    ['image/*', 'text/plain'],
    ['image/*', 'text/plain', 'IMAGE/*'],
  ];
  const waiting = same.map((contentTypes) => wait({ contentTypes }));
  const scans = (): number => connect.mock.calls.length;
  /** Until no scan is under way, and none begins for a while. */
  const settled = async (): Promise<void> => {
    for (let before = -1; before !== scans();) {
      before = scans();
      await until(
        () => bench.pool.waitingCount === 0 && bench.pool.idleCount === bench.pool.totalCount,
        (isIdle) => isIdle,
      );
      await sleep(50);
    }
  };
  await until(scans, (count) => count >= 24);
  await settled();
  connect.mockClear();
  bench.claims.wake([{ queue: 'external', tenant: 'local' }]);
  await until(scans, (count) => count > 0);
  await settled();
  expect(connect).toHaveBeenCalledOnce();
  const ids = await Promise.all(same.map(() => queued(bench, { contentType: 'text/plain' })));
  expect((await Promise.all(waiting)).flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
  expect(connect.mock.calls.length).toBeLessThan(20);
  await bench.claims.stop();
  expect((await Promise.all(others)).flat()).toEqual([]);
});

it('gives back what comes for a caller who has left', async () => {
  await queued(bench);
  const leaving = new AbortController();
  const execute = bench.lifecycle.execute.bind(bench.lifecycle);
  vi.spyOn(bench.lifecycle, 'execute').mockImplementationOnce((commands) => {
    leaving.abort();
    return execute(commands) as Promise<never>;
  });
  expect(await bench.claims.claim(asking({ waitMs: WAIT_MS }), leaving.signal)).toEqual([]);
  const [again] = await bench.claims.claim(asking({ waitMs: WAIT_MS, worker: 'w2' }), patient());
  expect(again).toMatchObject({ attempt: 2, file: { processing: { worker: 'w2' } } });
  expect(await bench.claims.claim(asking(), leaving.signal)).toEqual([]);
});

it('says since when a lease may have run, however long the answer and the wait have taken', async () => {
  const execute = bench.lifecycle.execute.bind(bench.lifecycle);
  let executedAt = 0;
  vi.spyOn(bench.lifecycle, 'execute').mockImplementation(async (commands) => {
    const answers = await execute(commands);
    if (commands[0]?.kind !== 'claim') return answers;
    executedAt = now();
    await sleep(50);
    return answers;
  });
  const waiting = bench.claims.claim(asking({ waitMs: WAIT_MS }), patient());
  await sleep(50);
  const queuedAt = now();
  await queued(bench);
  const [given] = await waiting;
  expect(given!.sentAt).toBeGreaterThan(queuedAt);
  expect(given!.sentAt).toBeLessThan(executedAt);
});

it('takes of all tenants in turn: one with many files does not keep the others waiting', async () => {
  await Promise.all(Array.from({ length: 20 }, () => queued(bench)));
  await bench.database.query(`update file set tenant = 'crowd'`);
  for (const tenant of ['a', 'z']) {
    const id = await queued(bench);
    await bench.database.query(`update file set tenant = '${tenant}' where id = '${id}'`);
  }
  const tenantsOf = (files: readonly ClaimedFile[]): string[] => files.map(({ tenant }) => tenant).toSorted();
  const all = asking({ tenants: null, limit: 2 });
  const first = await bench.claims.claim(all, patient());
  const second = await bench.claims.claim(all, patient());
  expect(tenantsOf(first)).toEqual(['a', 'crowd']);
  expect(tenantsOf(second)).toEqual(['crowd', 'z']);
  expect(await bench.claims.claim({ ...all, limit: 100 }, patient())).toHaveLength(18);
  expect(await bench.claims.claim(asking({ tenants: ['a', 'z'] }), patient())).toEqual([]);
});

it('tells its callers when the database cannot be reached, and works again afterwards', async () => {
  const connect = vi.spyOn(bench.pool, 'connect').mockRejectedValue(new Error('unreachable'));
  await expect(bench.claims.claim(asking({ waitMs: WAIT_MS }), patient())).rejects.toThrow('unreachable');
  connect.mockRestore();
  const id = await queued(bench);
  expect(idsOf(await bench.claims.claim(asking(), patient()))).toEqual([id]);
});

it('lets a tenant wait with so many claims only, and others all the same', async () => {
  const leaving = new AbortController();
  const wanted = asking({ waitMs: WAIT_MS, tenants: ['crowded'] });
  const waiting = Array.from({ length: 1_000 }, () => bench.claims.claim(wanted, leaving.signal));
  await expect(bench.claims.claim(wanted, patient())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const id = await queued(bench);
  expect(idsOf(await bench.claims.claim(asking({ waitMs: WAIT_MS }), patient()))).toEqual([id]);
  leaving.abort();
  expect((await Promise.all(waiting)).flat()).toEqual([]);
  expect(await bench.claims.claim({ ...wanted, waitMs: 0 }, patient())).toEqual([]);
});

it('ends every wait when the service stops', async () => {
  const waiting = bench.claims.claim(asking({ waitMs: WAIT_MS }), patient());
  await bench.claims.stop();
  expect(await waiting).toEqual([]);
  expect(await bench.claims.claim(asking({ waitMs: WAIT_MS }), patient())).toEqual([]);
});
