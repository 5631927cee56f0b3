// Leases of files in PROCESSING: who gets a file, who may end its processing, and what becomes of one that nobody ends.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type {
  CancelCommand,
  ClaimCommand,
  ClaimedFile,
  ExtendCommand,
  ReleaseCommand,
  ReprocessCommand,
} from '../../src/lifecycle/processing-commands.ts';
import { createProcessingPolicy } from '../../src/lifecycle/processing-policy.ts';
import { type Bench, startLifecycle, registration, sending } from '../support/lifecycle.ts';
import { LONG_TIMERS } from '../support/timers.ts';

const LEASE_MS = 60_000;
const asked = () => ({ tenant: 'local', actor: 'test', attemptId: uuidv7() });

let bench: Bench;

beforeEach(async () => {
  bench = await startLifecycle({ policy: createProcessingPolicy({ rules: [], autoRetry: true, retryBackoffMs: 10 }) });
});
afterEach(() => bench.stop());

/** An EXTERNAL file, in PROCESSING. */
async function queued(contentType = 'text/plain'): Promise<string> {
  const { fileId, ...command } = registration({ contentType });
  await bench.lifecycle.executeOne({ ...command, fileId });
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD'] as const) {
    await bench.lifecycle.executeOne(sending(fileId, event));
  }
  return fileId;
}

const claiming = (files: number, more: Partial<ClaimCommand> = {}): ClaimCommand => ({
  ...asked(),
  kind: 'claim',
  fileId: uuidv7(),
  worker: 'w1',
  queue: 'external',
  shares: [{ tenant: 'local', files }],
  contentTypes: null,
  leaseMs: LEASE_MS,
  ...more,
});

async function claim(files: number, more: Partial<ClaimCommand> = {}): Promise<readonly ClaimedFile[]> {
  const answer = await bench.lifecycle.executeOne(claiming(files, more));
  if (answer.outcome !== 'claimed') throw new Error(JSON.stringify(answer));
  return answer.files;
}

const idsOf = (files: readonly ClaimedFile[]): string[] => files.map(({ file }) => file.id);

const extending = (fileId: string, leaseToken: string, more: Partial<ExtendCommand> = {}): ExtendCommand => ({
  ...asked(),
  kind: 'extend',
  fileId,
  leaseToken,
  leaseMs: LEASE_MS,
  progress: null,
  message: null,
  properties: null,
  ...more,
});

const releasing = (fileId: string, leaseToken: string, afterMs = 0): ReleaseCommand => ({
  ...asked(),
  kind: 'release',
  fileId,
  leaseToken,
  afterMs,
});
const cancelling = (fileId: string): CancelCommand => ({ ...asked(), kind: 'cancel', fileId });
const reprocessing = (fileId: string): ReprocessCommand => ({ ...asked(), kind: 'reprocess', fileId });

/** As if the time of its lease had passed. */
async function runOut(fileId: string): Promise<void> {
  await bench.orm.em
    .fork()
    .execute(`update file set claimable_at = now() - interval '1 second' where id = ?`, [fileId]);
}

describe('a claim', () => {
  it('takes the oldest files that nobody has, each once', async () => {
    const ids = [await queued(), await queued(), await queued()];
    const [first, second] = await Promise.all([claim(2), claim(2, { worker: 'w2' })]);
    expect([...idsOf(first), ...idsOf(second)].toSorted()).toEqual(ids);
    expect(await claim(1)).toEqual([]);
    expect(first[0]).toMatchObject({
      attempt: 1,
      file: { processing: { worker: 'w1', attempt: 1, progress: null, cancelRequested: false } },
    });
    expect(JSON.stringify(first[0]!.file)).not.toContain(first[0]!.leaseToken);
  });

  it('takes files of its queue, tenants and media types only', async () => {
    const image = await queued('image/png');
    const text = await queued('text/plain; charset=utf-8');
    expect(await claim(9, { queue: 'builtin' })).toEqual([]);
    expect(await claim(9, { shares: [{ tenant: 'other', files: 9 }] })).toEqual([]);
    expect(await claim(9, { contentTypes: ['image/p_g', 'image/%', 'text'] })).toEqual([]);
    expect(idsOf(await claim(9, { contentTypes: ['text/plain'] }))).toEqual([text]);
    expect(idsOf(await claim(9, { contentTypes: ['image/*'] }))).toEqual([image]);
  });

  it('takes a file whose lease has run out, and the old token is worth nothing', async () => {
    const id = await queued();
    const [old] = await claim(1);
    await runOut(id);
    const [taken] = await claim(1, { worker: 'w2' });
    expect(taken).toMatchObject({ attempt: 2, file: { processing: { worker: 'w2' } } });
    const late = sending(id, 'COMPLETE_PROCESSING', { leaseToken: old!.leaseToken });
    expect(await bench.lifecycle.executeOne(late)).toMatchObject({ outcome: 'rejected', code: 'STALE_LEASE' });
    const lateSign = extending(id, old!.leaseToken);
    expect(await bench.lifecycle.executeOne(lateSign)).toMatchObject({ outcome: 'refused', code: 'STALE_LEASE' });
    const inTime = sending(id, 'COMPLETE_PROCESSING', { leaseToken: taken!.leaseToken });
    expect(await bench.lifecycle.executeOne(inTime)).toMatchObject({ file: { state: 'INDEXED', processing: null } });
  });

  it('fails a file over which five workers were lost', async () => {
    const id = await queued();
    for (let worker = 1; worker <= 5; worker += 1) {
      expect(await claim(1)).toHaveLength(1);
      await runOut(id);
    }
    expect(await claim(1)).toEqual([]);
    const answer = await bench.lifecycle.executeOne(cancelling(id));
    expect(answer).toMatchObject({ file: { state: 'FAILED', failure: { code: 'PROCESSING_ABANDONED' } } });
  });
});

describe('a lease', () => {
  it('keeps everybody else from ending the processing', async () => {
    const id = await queued();
    const [{ leaseToken } = { leaseToken: '' }] = await claim(1);
    for (const token of [null, uuidv7()]) {
      const foreign = sending(id, 'COMPLETE_PROCESSING', { leaseToken: token });
      expect(await bench.lifecycle.executeOne(foreign)).toMatchObject({ outcome: 'rejected', code: 'STALE_LEASE' });
    }
    const properties = { text: { words: 3 } };
    const answer = await bench.lifecycle.executeOne(sending(id, 'COMPLETE_PROCESSING', { leaseToken, properties }));
    expect(answer).toMatchObject({ outcome: 'transitioned', file: { state: 'INDEXED', properties } });
  });

  it('is extended with progress, message and properties, which the end adds to', async () => {
    const id = await queued();
    const [{ leaseToken, leaseExpiresAt } = { leaseToken: '', leaseExpiresAt: '' }] = await claim(1);
    const sign = extending(id, leaseToken, {
      progress: 0.5,
      message: 'half',
      properties: { a: 1 },
      leaseMs: 2 * LEASE_MS,
    });
    const extended = await bench.lifecycle.executeOne(sign);
    expect(extended).toMatchObject({
      outcome: 'extended',
      cancelRequested: false,
      file: { version: 2, processing: { progress: 0.5, message: 'half' }, properties: { a: 1 } },
    });
    expect('leaseExpiresAt' in extended && extended.leaseExpiresAt > leaseExpiresAt).toBe(true);
    const end = sending(id, 'COMPLETE_PROCESSING', { leaseToken, properties: { b: 2 } });
    expect(await bench.lifecycle.executeOne(end)).toMatchObject({ file: { properties: { a: 1, b: 2 } } });
  });

  it('takes no more than 32 KiB of properties together, and loses nothing', async () => {
    const id = await queued();
    const [{ leaseToken } = { leaseToken: '' }] = await claim(1);
    const big = (key: string) => ({ [key]: 'x'.repeat(20 * 1024) });
    await bench.lifecycle.executeOne(extending(id, leaseToken, { properties: big('a') }));
    const more = extending(id, leaseToken, { properties: big('b') });
    expect(await bench.lifecycle.executeOne(more)).toMatchObject({ code: 'INVALID_INPUT', field: 'properties' });
    const end = sending(id, 'COMPLETE_PROCESSING', { leaseToken, properties: big('b') });
    expect(await bench.lifecycle.executeOne(end)).toMatchObject({ outcome: 'rejected', code: 'INVALID_INPUT' });
    const answer = await bench.lifecycle.executeOne(extending(id, leaseToken));
    expect(JSON.parse(JSON.stringify(answer))).toMatchObject({ file: { state: 'PROCESSING', properties: big('a') } });
  });

  it('is given back: somebody else may have the file at once, or after a pause', async () => {
    const id = await queued();
    const [{ leaseToken } = { leaseToken: '' }] = await claim(1);
    expect(await bench.lifecycle.executeOne(releasing(id, leaseToken))).toMatchObject({
      file: { processing: { worker: null, leaseExpiresAt: null } },
    });
    const [again] = await claim(1, { worker: 'w2' });
    expect(again).toMatchObject({ attempt: 2 });
    await bench.lifecycle.executeOne(releasing(id, again!.leaseToken, 60_000));
    expect(await claim(1)).toEqual([]);
    const twice = releasing(id, again!.leaseToken);
    expect(await bench.lifecycle.executeOne(twice)).toMatchObject({ code: 'STALE_LEASE' });
  });
});

describe('cancelling', () => {
  it('fails a file that nobody has', async () => {
    const id = await queued();
    expect(await bench.lifecycle.executeOne(cancelling(id))).toMatchObject({
      outcome: 'cancelled',
      file: { state: 'FAILED', failure: { code: 'CANCELED', retryable: true } },
    });
    expect(await bench.lifecycle.executeOne(cancelling(id))).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
  });

  it('asks the worker that has it, and the file fails when that gives it back', async () => {
    const id = await queued();
    const [{ leaseToken } = { leaseToken: '' }] = await claim(1);
    expect(await bench.lifecycle.executeOne(cancelling(id))).toMatchObject({ file: { state: 'PROCESSING' } });
    expect(await bench.lifecycle.executeOne(extending(id, leaseToken))).toMatchObject({ cancelRequested: true });
    expect(await bench.lifecycle.executeOne(releasing(id, leaseToken))).toMatchObject({
      file: { state: 'FAILED', failure: { code: 'CANCELED' } },
    });
  });

  it('ends with the lease when the worker is not heard of', async () => {
    const id = await queued();
    await claim(1);
    await bench.lifecycle.executeOne(cancelling(id));
    const expiry = { ...asked(), kind: 'expire' as const, fileId: id };
    expect(await bench.lifecycle.executeOne(expiry)).toEqual({ outcome: 'kept' });
    await runOut(id);
    expect(await bench.lifecycle.executeOne(expiry)).toEqual({ outcome: 'expired' });
    expect(await bench.lifecycle.executeOne(cancelling(id))).toMatchObject({ file: { failure: { code: 'CANCELED' } } });
  });
});

it('the deadline of processing counts from the newest lease, not from signs of life', async () => {
  const id = await queued();
  const dueAt = async (): Promise<string> => {
    const [row] = await bench.orm.em
      .fork()
      .execute<[{ due: Date }]>('select due_at as due from file where id = ?', [id]);
    return row.due.toISOString();
  };
  const [{ leaseToken, file } = { leaseToken: '', file: null }] = await claim(1);
  const due = new Date(Date.parse(file!.updatedAt) + LONG_TIMERS.processingTimeout).toISOString();
  expect(await dueAt()).toBe(due);
  await bench.lifecycle.executeOne(extending(id, leaseToken, { progress: 0.1 }));
  expect(await dueAt()).toBe(due);
});

it('an EXTERNAL file is not processed again, as its bytes are not here', async () => {
  const id = await queued();
  expect(await bench.lifecycle.executeOne(reprocessing(id))).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
  await bench.lifecycle.executeOne(sending(id, 'COMPLETE_PROCESSING'));
  expect(await bench.lifecycle.executeOne(reprocessing(id))).toMatchObject({ code: 'FORBIDDEN' });
});
