// The log of attempts (contract.md): one JSON line for every attempt at a transition, whatever comes of it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { newFile, transition, transitions } from '../support/client.ts';
import { type Instance, type LogLine, startInstance } from '../support/instance.ts';
import { WAY_TO } from '../fsm/contract-table.ts';

const FIELDS = 'attemptId fileId event from to version guard outcome code actor durationMs'.split(' ');

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ env: { WAYBILL_MAX_ATTEMPTS: '1' } });
});
afterAll(() => waybill.stop());

const linesOf = (id: string): LogLine[] =>
  waybill.log.filter(({ msg, fileId }) => msg === 'transition' && fileId === id);

const common = { actor: 'local', durationMs: expect.any(Number) };

it('a success, a rejection and a guard that said no are one line each, with everything the contract names', async () => {
  const id = await newFile(waybill.url);
  const moved = await transition(waybill.url, id, 'START_UPLOAD');
  const refused = await transition(waybill.url, id, 'RESET');
  const stale = await transition(waybill.url, id, 'FAIL_UPLOAD', { expectedVersion: 7 });
  await transition(waybill.url, id, 'FAIL_UPLOAD');
  const guarded = await transition(waybill.url, id, 'RETRY');

  const lines = linesOf(id);
  expect(lines).toHaveLength(5);
  for (const line of lines) {
    for (const field of FIELDS) expect(line, field).toHaveProperty(field);
    expect(line['durationMs']).toBeGreaterThan(0);
  }
  const nothing = { to: null, guard: null, outcome: 'rejected' };
  expect(lines).toMatchObject([
    {
      ...common,
      attemptId: moved.transition?.attemptId,
      event: 'START_UPLOAD',
      from: 'UNTRACKED',
      to: 'UPLOADING',
      version: 1,
      guard: null,
      outcome: 'success',
      code: null,
    },
    {
      ...common,
      ...nothing,
      attemptId: refused.attemptId,
      event: 'RESET',
      from: 'UPLOADING',
      version: 1,
      code: 'TRANSITION_NOT_ALLOWED',
    },
    { ...common, ...nothing, attemptId: stale.attemptId, event: 'FAIL_UPLOAD', code: 'STALE_VERSION' },
    { ...common, event: 'FAIL_UPLOAD', from: 'UPLOADING', to: 'FAILED', version: 2, outcome: 'success' },
    {
      ...common,
      ...nothing,
      attemptId: guarded.attemptId,
      event: 'RETRY',
      from: 'FAILED',
      version: 2,
      guard: false,
      code: 'GUARD_REJECTED',
    },
  ]);
});

it('a guard that said yes is told', async () => {
  const waiting = await startInstance();
  const id = await newFile(waiting.url);
  await transitions(
    waiting.url,
    [...WAY_TO.FAILED, 'RETRY'].map((event) => ({ id, event })),
  );
  await waiting.stop();
  const told = waiting.log.filter(({ msg }) => msg === 'transition').map(({ event, guard }) => [event, guard]);
  expect(told).toEqual([
    ['START_UPLOAD', null],
    ['FAIL_UPLOAD', null],
    ['RETRY', true],
  ]);
});

it('an attempt at a file that is not there is a line, and says that it is not', async () => {
  const never = `file_${uuidv7()}`;
  await transition(waybill.url, never, 'START_UPLOAD');
  expect(linesOf(never)).toMatchObject([
    {
      ...common,
      event: 'START_UPLOAD',
      from: null,
      to: null,
      version: null,
      outcome: 'rejected',
      code: 'FILE_NOT_FOUND',
    },
  ]);
});

it('a replay is a line of its own, marked as one, with an attempt of its own', async () => {
  const id = await newFile(waybill.url);
  const keyed = { idempotencyKey: 'once' };
  const first = await transition(waybill.url, id, 'START_UPLOAD', keyed);
  await transition(waybill.url, id, 'START_UPLOAD', keyed);
  const [original, replay, ...more] = linesOf(id);
  expect(more).toEqual([]);
  expect(original).toMatchObject({ outcome: 'success', attemptId: first.transition?.attemptId });
  expect(original).not.toHaveProperty('replayed');
  expect(replay).toMatchObject({ outcome: 'success', replayed: true, version: 1 });
  expect(replay?.['attemptId']).not.toBe(original?.['attemptId']);
});

it('every item of a bulk and every one of many concurrent attempts is a line, none with the id of another', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => newFile(waybill.url)));
  const items = ids.flatMap((id) => ['START_UPLOAD', 'RESET', 'FAIL_UPLOAD'].map((event) => ({ id, event })));
  await Promise.all([transitions(waybill.url, items), ...ids.map((id) => transition(waybill.url, id, 'RETRY'))]);
  const lines = ids.map(linesOf);
  expect(lines.map(({ length }) => length)).toEqual(ids.map(() => 4));
  expect(new Set(lines.flat().map(({ attemptId }) => attemptId)).size).toBe(80);
});
