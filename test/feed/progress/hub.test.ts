// ProgressHub: rates over the last seconds by a clock of the test, and no memory that grows for ever.
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { UploadProgress } from '../../../src/feed/change.ts';
import { ProgressHub } from '../../../src/feed/progress/hub.ts';
import { FILE_ID, makeFile } from '../../support/feed.ts';

let now: number;
let hub: ProgressHub;
beforeEach(() => {
  now = 1_000_000;
  hub = new ProgressHub(() => now);
});

/** Reports so many bytes after so many milliseconds, and returns what is then known. */
function report(afterMs: number, bytesReceived: number, fields: Parameters<typeof makeFile>[0] = {}): UploadProgress {
  now += afterMs;
  const file = makeFile({ bytesReceived, ...fields });
  hub.report('local', file);
  return hub.progressOf(file);
}

describe('the rate', () => {
  it('is null until two reports at different times are known', () => {
    expect(hub.progressOf(makeFile())).toMatchObject({ bytesPerSecond: null, etaSeconds: null });
    expect(report(0, 10)).toMatchObject({ bytesReceived: 10, bytesPerSecond: null, etaSeconds: null });
    expect(report(0, 20)).toMatchObject({ bytesPerSecond: null });
    expect(report(1_000, 30)).toMatchObject({ bytesPerSecond: 20, etaSeconds: 3.5 });
  });

  it('is over the last five seconds', () => {
    report(0, 0, { size: 1_000_000 });
    for (let second = 1; second <= 10; second += 1) report(1_000, second * 10, { size: 1_000_000 });
    expect(report(1_000, 1_100, { size: 1_000_000 })).toMatchObject({ bytesPerSecond: (1_100 - 60) / 5 });
  });

  it('begins anew after a longer pause', () => {
    report(0, 0);
    report(1_000, 10);
    expect(report(5_001, 20)).toMatchObject({ bytesPerSecond: null });
    expect(report(500, 30)).toMatchObject({ bytesPerSecond: 20 });
  });

  it('is zero, not negative, when an upload starts over, with no remaining time', () => {
    report(0, 50);
    expect(report(1_000, 0)).toMatchObject({ bytesPerSecond: 0, etaSeconds: null });
  });

  it('gives no remaining time when the size is unknown', () => {
    report(0, 0, { size: null });
    expect(report(1_000, 10, { size: null })).toMatchObject({ size: null, bytesPerSecond: 10, etaSeconds: null });
  });

  it('gives a remaining time of zero with the last byte', () => {
    report(0, 0);
    expect(report(1_000, 100)).toMatchObject({ bytesPerSecond: 100, etaSeconds: 0 });
  });

  it('is null in every state but UPLOADING', () => {
    report(0, 0);
    report(1_000, 10);
    for (const state of ['UNTRACKED', 'PROCESSING', 'INDEXED', 'FAILED'] as const) {
      expect(hub.progressOf(makeFile({ state })), state).toMatchObject({ state, bytesPerSecond: null });
    }
  });

  it('is kept for each file', () => {
    const other = '018f0000-0000-7000-8000-000000000001';
    report(0, 0);
    report(0, 0, { id: other });
    report(1_000, 10);
    expect(report(0, 40, { id: other })).toMatchObject({ bytesPerSecond: 40 });
    expect(hub.progressOf(makeFile({ bytesReceived: 10 }))).toMatchObject({ bytesPerSecond: 10 });
  });

  it('is forgotten a minute after the last report on any file', () => {
    report(0, 0);
    report(1_000, 10);
    now += 59_000;
    hub.report('local', makeFile({ id: '018f0000-0000-7000-8000-000000000001' }));
    expect(hub.progressOf(makeFile())).toMatchObject({ bytesPerSecond: 10 });
    now += 1_000;
    hub.report('local', makeFile({ id: '018f0000-0000-7000-8000-000000000002' }));
    expect(hub.progressOf(makeFile())).toMatchObject({ bytesPerSecond: null });
  });
});

describe('a report', () => {
  it('reaches every subscriber with its tenant, until it unsubscribes', () => {
    const received: unknown[] = [];
    const stop = hub.subscribe(null, (tenant, { bytesReceived }) => received.push([tenant, bytesReceived]));
    const stopOther = hub.subscribe(null, (_tenant, { bytesReceived }) => received.push(bytesReceived));
    report(0, 1);
    stop();
    report(0, 2);
    stopOther();
    report(0, 3);
    expect(received).toEqual([['local', 1], 1, 2]);
  });

  it('replaces a snapshot that was read before it, and no newer one', () => {
    const bytesSince = (fields: Parameters<typeof makeFile>[0]) => hub.progressSince(makeFile(fields)).bytesReceived;
    expect(bytesSince({ bytesReceived: 5 }), 'nothing reported').toBe(5);
    report(0, 50, { version: 3 });
    expect(bytesSince({ version: 3, bytesReceived: 20 })).toBe(50);
    expect(bytesSince({ version: 2, bytesReceived: 70 }), 'an attempt before').toBe(50);
    expect(bytesSince({ version: 3, bytesReceived: 60 })).toBe(60);
    expect(bytesSince({ version: 4, bytesReceived: 0 }), 'a version after').toBe(0);
  });

  it('reaches the subscribers of its file, and no others', () => {
    const received: number[] = [];
    const stop = hub.subscribe(FILE_ID, (_tenant, { bytesReceived }) => received.push(bytesReceived));
    report(0, 1);
    hub.report('local', makeFile({ id: '018f0000-0000-7000-8000-000000000002' }));
    expect(received).toEqual([1]);
    expect(hub.withSubscribers([FILE_ID, 'another'])).toEqual([FILE_ID]);
    expect(hub.withSubscribers(null)).toEqual([FILE_ID]);
    const stopAll = hub.subscribe(null, () => undefined);
    expect(hub.withSubscribers(['another'])).toEqual(['another']);
    expect(hub.withSubscribers(null)).toBeNull();
    stop();
    stopAll();
    expect(hub.withSubscribers(null)).toEqual([]);
  });
});

it('keeps nothing of a file but what its progress is computed from', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const reportLarge = (): WeakRef<object> => {
    const metadata = { note: 'x'.repeat(1_000) };
    hub.report('local', makeFile({ bytesReceived: 40, metadata }));
    return new WeakRef(metadata);
  };
  const kept = reportLarge();
  await sleep(1);
  collectGarbage();
  expect(kept.deref()).toBeUndefined();
  expect(hub.progressSince(makeFile()).bytesReceived).toBe(40);
});
