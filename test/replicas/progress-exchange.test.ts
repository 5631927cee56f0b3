// How word of progress is packed for the other replicas: few payloads, each below PostgreSQL's limit, no id lost.
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProgressExchange } from '../../src/feed/progress-exchange.ts';

const LIMIT_BYTES = 8_000;
const MOST_NAMED = 1_360;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const uuidOf = (number: number): string => `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
const uuids = (count: number): string[] => Array.from({ length: count }, (_, at) => uuidOf(at));

interface Sent {
  readonly payload: string;
  readonly at: number;
}

interface Pair {
  readonly sender: ProgressExchange;
  readonly sent: Sent[];
  /** What each payload said to the other replica. */
  readonly heard: (readonly string[] | null)[];
  /** What the sender heard of its own word. */
  readonly echoes: unknown[];
}

/** Two replicas, each hearing all that is sent. */
function pair(notify: () => Promise<void> = () => Promise.resolve()): Pair {
  const sent: Sent[] = [];
  const heard: Pair['heard'] = [];
  const echoes: unknown[] = [];
  const receiver = new ProgressExchange({
    replicaId: uuidOf(0xb0b),
    notify: () => Promise.resolve(),
    onHeard: (ids) => heard.push(ids),
  });
  const sender: ProgressExchange = new ProgressExchange({
    replicaId: uuidOf(0xa11ce),
    notify: (payload) => {
      sent.push({ payload, at: Date.now() });
      sender.hear(payload);
      receiver.hear(payload);
      return notify();
    },
    onHeard: (ids) => echoes.push(ids),
  });
  return { sender, sent, heard, echoes };
}

it('any ids, up to the number that can be named, arrive as they were, once each', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: MOST_NAMED }), (ids) => {
      const { sender, sent, heard, echoes } = pair();
      for (const id of ids) sender.tell(id);
      vi.advanceTimersByTime(1_000);
      expect(heard.flat()).toEqual(ids.map((id) => id.toLowerCase()));
      expect(echoes).toEqual([]);
      expect(sent).toHaveLength(Math.ceil(ids.length / 340));
      for (const { payload } of sent) expect(Buffer.byteLength(payload)).toBeLessThan(LIMIT_BYTES);
    }),
    { numRuns: 30 },
  );
});

it('more than can be named in time are told as "all there are", in one short payload', () => {
  const { sender, sent, heard } = pair();
  for (const id of uuids(MOST_NAMED + 1)) sender.tell(id);
  vi.advanceTimersByTime(1_000);
  expect(heard).toEqual([null]);
  expect(sent[0]?.payload).toMatch(/^[\w-]{22}\*$/);
});

it('at most ten payloads a second are sent, however often and of however many files it is told', () => {
  const { sender, sent } = pair();
  const ids = uuids(500);
  for (let ms = 0; ms < 10_000; ms += 5) {
    for (const id of ids) sender.tell(id);
    vi.advanceTimersByTime(5);
  }
  expect(sent.length).toBeGreaterThan(50);
  const pauses = sent.slice(1).map(({ at }, before) => at - sent[before]!.at);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
});

it('a file told many times in one interval is named once, and again in the next', () => {
  const { sender, heard } = pair();
  for (let time = 0; time < 50; time += 1) sender.tell(uuidOf(1));
  vi.advanceTimersByTime(100);
  expect(heard).toEqual([[uuidOf(1)]]);
  sender.tell(uuidOf(1));
  vi.advanceTimersByTime(100);
  expect(heard).toEqual([[uuidOf(1)], [uuidOf(1)]]);
});

it('nothing is sent while nothing is told', () => {
  const { sent } = pair();
  vi.advanceTimersByTime(60_000);
  expect(sent).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

it('a payload that cannot be sent is dropped, and the next one goes out', async () => {
  const { sender, sent } = pair(() => Promise.reject(new Error('the database is away')));
  sender.tell(uuidOf(1));
  await vi.advanceTimersByTimeAsync(100);
  sender.tell(uuidOf(2));
  await vi.advanceTimersByTimeAsync(100);
  expect(sent).toHaveLength(2);
});

it('after a stop nothing is sent: not what was waiting, nor what was half sent, nor what is told later', () => {
  const { sender, sent } = pair();
  for (const id of uuids(MOST_NAMED)) sender.tell(id);
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(1);
  const idle = pair();
  for (const stopping of [sender, idle.sender]) {
    stopping.stop();
    stopping.tell(uuidOf(1));
  }
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(sent).toHaveLength(1);
  expect(idle.sent).toEqual([]);
});
