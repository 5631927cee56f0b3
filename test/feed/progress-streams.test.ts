// Progress and logged changes come to a stream by two ways, and either may be the faster one: whichever comes first,
// no newer word is lost to an older one.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Bell } from '../../src/feed/bell.ts';
import type { Change, LoggedChange, UploadProgress } from '../../src/feed/change.ts';
import type { Follower } from '../../src/feed/follow.ts';
import { followWithProgress } from '../../src/feed/follow-with-progress.ts';
import { ProgressHub } from '../../src/feed/progress-hub.ts';
import { PROGRESS_INTERVAL_MS, watchProgress } from '../../src/feed/watch-progress.ts';
import { FILE_ID, makeChange, makeFile } from '../support/feed.ts';

const ending = new Set<AbortController>();
afterEach(() => {
  for (const each of ending) each.abort();
  ending.clear();
});

function signal(): AbortSignal {
  const controller = new AbortController();
  ending.add(controller);
  return controller.signal;
}

/** Changes as a test hands them out. */
class Tap {
  readonly #waiting: LoggedChange[] = [];
  readonly #bell = new Bell();
  #failure: Error | undefined;

  give(...changes: LoggedChange[]): void {
    this.#waiting.push(...changes);
    this.#bell.ring();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#bell.ring();
  }

  async *flow(until: AbortSignal): AsyncGenerator<LoggedChange, void> {
    const waiter = this.#bell.enter(until);
    while (!until.aborted) {
      yield* this.#waiting.splice(0);
      if (this.#failure !== undefined) throw this.#failure;
      await waiter.next();
    }
  }
}

const started = makeFile({ version: 1 });
const completed = makeFile({ version: 2, state: 'PROCESSING', bytesReceived: 100 });
const indexed = makeFile({ version: 3, state: 'INDEXED', bytesReceived: 100 });
const failed = makeFile({ version: 2, state: 'FAILED', bytesReceived: 40 });
const atBytes = (bytesReceived: number) => makeFile({ bytesReceived });

describe('uploadProgress', () => {
  let hub: ProgressHub;
  let tap: Tap;
  const watch = (snapshot = atBytes(0)): AsyncGenerator<UploadProgress, void> => {
    hub = new ProgressHub(() => performance.now());
    tap = new Tap();
    const until = signal();
    return watchProgress(hub, 'local', snapshot, tap.flow(until), until);
  };
  const next = async (stream: AsyncGenerator<UploadProgress, void>) => (await stream.next()).value;
  const rest = async (stream: AsyncGenerator<UploadProgress, void>) => {
    const told: [state: string, bytesReceived: number][] = [];
    for await (const { state, bytesReceived } of stream) told.push([state, bytesReceived]);
    return told;
  };

  it('goes on from the snapshot to the newest report, leaving out those between', async () => {
    const stream = watch();
    expect(await next(stream)).toMatchObject({ state: 'UPLOADING', bytesReceived: 0 });
    for (const bytes of [10, 20, 30]) hub.report('local', atBytes(bytes));
    expect(await next(stream)).toMatchObject({ bytesReceived: 30 });
    tap.give(makeChange(2, completed), makeChange(3, indexed));
    expect((await rest(stream)).at(-1)).toEqual(['INDEXED', 100]);
  });

  it('has a report that came between the reading of the snapshot and the listening', async () => {
    const stream = watch();
    hub.report('local', atBytes(60));
    expect(await next(stream)).toMatchObject({ bytesReceived: 60 });
  });

  it('does not go back when the change before the report arrives after it', async () => {
    const stream = watch(makeFile({ version: 0, state: 'UNTRACKED' }));
    expect(await next(stream)).toMatchObject({ state: 'UNTRACKED' });
    hub.report('local', atBytes(70));
    tap.give(makeChange(1, started));
    expect(await next(stream)).toMatchObject({ state: 'UPLOADING', bytesReceived: 70 });
    tap.give(makeChange(2, failed));
    expect(await rest(stream)).toEqual([['FAILED', 40]]);
  });

  it('hears of its own file and tenant only', async () => {
    const stream = watch();
    await next(stream);
    hub.report('another', atBytes(10));
    hub.report('local', makeFile({ id: FILE_ID.replace(/0$/, '1'), bytesReceived: 20 }));
    tap.give(makeChange(2, failed));
    expect(await rest(stream)).toEqual([['FAILED', 40]]);
  });

  it.each(['INDEXED', 'FAILED'] as const)('of a file that is %s is one message', async (state) => {
    expect(await rest(watch(makeFile({ state })))).toEqual([[state, 0]]);
  });

  it('ends when the file is deleted', async () => {
    const stream = watch();
    await next(stream);
    tap.give(makeChange(2, makeFile({ version: 2 }), { kind: 'DELETED' }));
    expect(await rest(stream)).toEqual([]);
  });

  it('breaks when its changes do', async () => {
    const stream = watch();
    await next(stream);
    tap.fail(new RangeError('the log is cut'));
    await expect(stream.next()).rejects.toThrow('the log is cut');
  });
});

describe('fileChanges with PROGRESSED', () => {
  const kinds = new Set(['TRANSITIONED', 'PROGRESSED'] as const);
  const hub = new ProgressHub(() => performance.now());

  /** A stream over changes that are in the feed already and those that a test adds later. */
  function follow(waiting: LoggedChange[]): { stream: AsyncGenerator<Change, void>; bell: Bell } {
    const bell = new Bell();
    const follower = {
      position: 0,
      async *drain() {
        for (let change = waiting.shift(); change !== undefined; change = waiting.shift()) {
          follower.position = change.position;
          yield await Promise.resolve(change);
        }
      },
    };
    const wanted = { tenant: 'local', filter: { ids: null, states: null, kinds } };
    const stream = followWithProgress(follower as unknown as Follower, bell, hub, wanted, signal());
    return { stream, bell };
  }

  const tell = ({ value }: IteratorResult<Change, void>): unknown => {
    if (!value) return value;
    return value.kind === 'PROGRESSED' ? ['PROGRESSED', value.progress.bytesReceived, value.position] : value.version;
  };

  /** A stream that has just passed on a report: for a tenth of a second another one is not due, but remembered. */
  async function followBusily(waiting: LoggedChange[]): Promise<ReturnType<typeof follow>> {
    const following = follow(waiting);
    const first = following.stream.next();
    hub.report('local', atBytes(10));
    expect(tell(await first)).toEqual(['PROGRESSED', 10, 0]);
    return following;
  }

  it('passes on a report that came before the change it follows', async () => {
    const waiting: LoggedChange[] = [];
    const { stream, bell } = await followBusily(waiting);
    const again = makeFile({ version: 4, bytesReceived: 50 });
    const next = stream.next();
    hub.report('local', again);
    waiting.push(makeChange(1, again));
    bell.ring();
    expect(tell(await next)).toBe(4);
    expect(tell(await stream.next())).toEqual(['PROGRESSED', 50, 1]);
  });

  it('drops a report that a change has overtaken', async () => {
    const waiting: LoggedChange[] = [];
    const { stream, bell } = await followBusily(waiting);
    const next = stream.next();
    hub.report('local', atBytes(50));
    waiting.push(makeChange(1, completed));
    bell.ring();
    expect(tell(await next)).toBe(2);
    const last = stream.next();
    await sleep(2 * PROGRESS_INTERVAL_MS); // a report that was kept would be due by now
    waiting.push(makeChange(2, indexed));
    bell.ring();
    expect(tell(await last)).toBe(3);
  });

  it('holds logged changes up for no report', async () => {
    const waiting = [makeChange(1, started)];
    const { stream, bell } = follow(waiting);
    expect(tell(await stream.next())).toBe(1);
    hub.report('local', atBytes(10));
    expect(tell(await stream.next())).toEqual(['PROGRESSED', 10, 1]);
    const third = stream.next();
    hub.report('local', atBytes(20)); // not due for a tenth of a second
    waiting.push(makeChange(2, completed));
    bell.ring();
    expect(tell(await third)).toBe(2);
  });
});
