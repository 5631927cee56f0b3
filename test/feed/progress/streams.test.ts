// Progress and logged changes reach a stream by two ways, in either order: nothing newer is lost to something older.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Change, LOGGED_CHANGES, type LoggedChange, type UploadProgress } from '../../../src/feed/change.ts';
import { ChangeStream, EVERY_CHANGE } from '../../../src/feed/delivery/change-stream.ts';
import type { LiveStream } from '../../../src/feed/delivery/live-stream.ts';
import { RingBuffer } from '../../../src/feed/delivery/ring-buffer.ts';
import { Router } from '../../../src/feed/delivery/router.ts';
import { changesWithProgress } from '../../../src/feed/progress/changes-with-progress.ts';
import { PROGRESS_INTERVAL_MS, ProgressHub } from '../../../src/feed/progress/hub.ts';
import { UploadProgressStream } from '../../../src/feed/progress/upload-progress.ts';
import { FILE_ID, makeChange, makeFile, placeAt, sourceOf } from '../../support/feed.ts';

const RING = 4;

let hub: ProgressHub;
let ring: RingBuffer;
let router: Router;
beforeEach(() => {
  hub = new ProgressHub(() => performance.now());
  ring = new RingBuffer(RING, placeAt(0));
  router = new Router(ring);
});
afterEach(() => router.stop());

const source = () => sourceOf(ring, router, () => Promise.reject(new RangeError('the log was pruned')));

function push(...changes: LoggedChange[]): void {
  for (const change of changes) ring.push(change);
  router.deliver();
}

const started = makeFile({ version: 1 });
const completed = makeFile({ version: 2, state: 'PROCESSING', bytesReceived: 100 });
const indexed = makeFile({ version: 3, state: 'INDEXED', bytesReceived: 100 });
const failed = makeFile({ version: 2, state: 'FAILED', bytesReceived: 40 });
const atBytes = (bytesReceived: number) => makeFile({ bytesReceived });

describe('uploadProgress', () => {
  function watch(snapshot = atBytes(0)): LiveStream<UploadProgress> {
    const filter = { ...LOGGED_CHANGES, ids: new Set([FILE_ID]) };
    const changes = new ChangeStream(source(), { tenant: 'local', filter, place: ring.place }, EVERY_CHANGE);
    return new UploadProgressStream(hub, 'local', snapshot, changes);
  }
  const next = async (stream: LiveStream<UploadProgress>) => (await stream.next()).value;
  const rest = async (stream: LiveStream<UploadProgress>) => {
    const received: [state: string, bytesReceived: number][] = [];
    for await (const { state, bytesReceived } of stream) received.push([state, bytesReceived]);
    return received;
  };

  it('goes on from the snapshot to the newest report, and skips those between', async () => {
    const stream = watch();
    expect(await next(stream)).toMatchObject({ state: 'UPLOADING', bytesReceived: 0 });
    for (const bytes of [10, 20, 30]) hub.report('local', atBytes(bytes));
    expect(await next(stream)).toMatchObject({ bytesReceived: 30 });
    push(makeChange(1, completed), makeChange(2, indexed));
    expect((await rest(stream)).at(-1)).toEqual(['INDEXED', 100]);
  });

  it('includes a report from between the reading of the snapshot and the subscribing', async () => {
    const stream = watch();
    hub.report('local', atBytes(60));
    expect(await next(stream)).toMatchObject({ bytesReceived: 60 });
  });

  it('does not go back when a report overtakes the change before it', async () => {
    const stream = watch(makeFile({ version: 0, state: 'UNTRACKED' }));
    expect(await next(stream)).toMatchObject({ state: 'UNTRACKED' });
    hub.report('local', atBytes(70));
    push(makeChange(1, started));
    expect(await next(stream)).toMatchObject({ state: 'UPLOADING', bytesReceived: 70 });
    push(makeChange(2, failed));
    expect(await rest(stream)).toEqual([['FAILED', 40]]);
  });

  it('contains reports of its own file and tenant only', async () => {
    const stream = watch();
    await next(stream);
    hub.report('another', atBytes(10));
    hub.report('local', makeFile({ id: FILE_ID.replace(/0$/, '1'), bytesReceived: 20 }));
    push(makeChange(1, failed));
    expect(await rest(stream)).toEqual([['FAILED', 40]]);
  });

  it.each(['INDEXED', 'FAILED'] as const)('of a file that is %s is one message', async (state) => {
    expect(await rest(watch(makeFile({ state })))).toEqual([[state, 0]]);
  });

  it('ends with the first terminal state, even if the file is retried at once', async () => {
    const stream = watch();
    await next(stream);
    push(makeChange(1, failed), makeChange(2, makeFile({ version: 3, state: 'UNTRACKED' })));
    expect(await rest(stream)).toEqual([['FAILED', 40]]);
    expect(router.size).toBe(0);
  });

  it('ends when the file is deleted', async () => {
    const stream = watch();
    await next(stream);
    push(makeChange(1, makeFile({ version: 2 }), { kind: 'DELETED' }));
    expect(await rest(stream)).toEqual([]);
  });

  it('ends when the feed stops, and when it is left', async () => {
    const [stopped, left] = [watch(), watch()];
    for (const stream of [stopped, left]) await next(stream);
    const ended = [stopped.next(), left.next()];
    await left.return();
    router.stop();
    for (const each of ended) expect((await each).done).toBe(true);
    expect(router.size).toBe(0);
    expect(hub.withSubscribers(null)).toEqual([]);
  });

  it('fails when its changes do', async () => {
    for (let position = 1; position <= RING + 2; position += 1) ring.push(makeChange(position, started));
    const changes = new ChangeStream(
      source(),
      { tenant: 'local', filter: LOGGED_CHANGES, place: placeAt(0) },
      EVERY_CHANGE,
    );
    const stream = new UploadProgressStream(hub, 'local', atBytes(0), changes);
    await next(stream);
    await expect(stream.next()).rejects.toThrow('the log was pruned');
  });
});

describe('fileChanges with PROGRESSED', () => {
  const kinds = new Set(['TRANSITIONED', 'PROGRESSED'] as const);

  const follow = (): LiveStream<Change> =>
    changesWithProgress(source(), { tenant: 'local', filter: { ...LOGGED_CHANGES, kinds }, place: placeAt(0) }, hub);

  const summaryOf = ({ value }: IteratorResult<Change, void>): unknown => {
    if (!value) return value;
    return value.kind === 'PROGRESSED' ? ['PROGRESSED', value.progress.bytesReceived, value.position] : value.version;
  };

  /** A stream that has just delivered a report: the next one waits for a tenth of a second. */
  async function followPaused(): Promise<LiveStream<Change>> {
    const stream = follow();
    const first = stream.next();
    hub.report('local', atBytes(10));
    expect(summaryOf(await first)).toEqual(['PROGRESSED', 10, 0]);
    return stream;
  }

  it('delivers a report that came before the change it follows', async () => {
    const stream = await followPaused();
    const again = makeFile({ version: 4, bytesReceived: 50 });
    const next = stream.next();
    hub.report('local', again);
    push(makeChange(1, again));
    expect(summaryOf(await next)).toBe(4);
    expect(summaryOf(await stream.next())).toEqual(['PROGRESSED', 50, 1]);
  });

  it('drops a report that a change has overtaken', async () => {
    const stream = await followPaused();
    const next = stream.next();
    hub.report('local', atBytes(50));
    push(makeChange(1, completed));
    expect(summaryOf(await next)).toBe(2);
    const last = stream.next();
    await sleep(2 * PROGRESS_INTERVAL_MS); // a report that was kept would be due by now
    push(makeChange(2, indexed));
    expect(summaryOf(await last)).toBe(3);
  });

  it('delays no logged change for a report', async () => {
    push(makeChange(1, started));
    const stream = follow();
    expect(summaryOf(await stream.next())).toBe(1);
    const second = stream.next();
    hub.report('local', atBytes(10));
    expect(summaryOf(await second)).toEqual(['PROGRESSED', 10, 1]);
    const third = stream.next();
    hub.report('local', atBytes(20)); // not due for a tenth of a second
    push(makeChange(2, completed));
    expect(summaryOf(await third)).toBe(2);
  });

  it('delivers the newest report on each file to a subscriber that was slow', async () => {
    const stream = await followPaused();
    const other = FILE_ID.replace(/0$/, '1');
    for (const bytes of [20, 30]) {
      hub.report('local', atBytes(bytes));
      hub.report('local', makeFile({ id: other, bytesReceived: bytes + 5 }));
    }
    await sleep(2 * PROGRESS_INTERVAL_MS);
    hub.report('local', atBytes(40));
    const received = [await stream.next(), await stream.next(), await stream.next()].map(summaryOf);
    expect(received).toEqual([
      ['PROGRESSED', 30, 0],
      ['PROGRESSED', 35, 0],
      ['PROGRESSED', 40, 0],
    ]);
  });

  it('unsubscribes when it is left', async () => {
    const stream = await followPaused();
    await stream.return();
    expect([hub.withSubscribers(null), router.size]).toEqual([[], 0]);
  });
});
