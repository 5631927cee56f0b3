// ProgressExchange: file ids reach the other replicas in few payloads, each below PostgreSQL's limit, and none is lost.
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProgressExchange } from '../../../src/feed/progress/exchange.ts';

const LIMIT_BYTES = 8_000;
const MAX_NAMED = 1_360;

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
  /** The files that each payload named to the other replica. */
  readonly received: (readonly string[] | null)[];
  /** What the sender received of its own payloads. */
  readonly echoes: unknown[];
}

/** Two replicas that receive every payload. */
function pair(publish: () => Promise<void> = () => Promise.resolve()): Pair {
  const sent: Sent[] = [];
  const received: Pair['received'] = [];
  const echoes: unknown[] = [];
  const receiver = new ProgressExchange({
    replicaId: uuidOf(0xb0b),
    publish: () => Promise.resolve(),
    onProgress: (ids) => received.push(ids),
  });
  const sender: ProgressExchange = new ProgressExchange({
    replicaId: uuidOf(0xa11ce),
    publish: (payload) => {
      sent.push({ payload, at: Date.now() });
      sender.receive(payload);
      receiver.receive(payload);
      return publish();
    },
    onProgress: (ids) => echoes.push(ids),
  });
  return { sender, sent, received, echoes };
}

it('delivers up to the number of ids that can be named, unchanged, once each', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: MAX_NAMED }), (ids) => {
      const { sender, sent, received, echoes } = pair();
      for (const id of ids) sender.announce(id);
      vi.advanceTimersByTime(1_000);
      expect(received.flat()).toEqual(ids.map((id) => id.toLowerCase()));
      expect(echoes).toEqual([]);
      expect(sent).toHaveLength(Math.ceil(ids.length / 340));
      for (const { payload } of sent) expect(Buffer.byteLength(payload)).toBeLessThan(LIMIT_BYTES);
    }),
    { numRuns: 30 },
  );
});

it('announces more ids than that as "all files", in one short payload', () => {
  const { sender, sent, received } = pair();
  for (const id of uuids(MAX_NAMED + 1)) sender.announce(id);
  vi.advanceTimersByTime(1_000);
  expect(received).toEqual([null]);
  expect(sent[0]?.payload).toMatch(/^[\w-]{22}\*$/);
});

it('sends at most ten payloads a second, for any number of reports and files', () => {
  const { sender, sent } = pair();
  const ids = uuids(500);
  for (let ms = 0; ms < 10_000; ms += 5) {
    for (const id of ids) sender.announce(id);
    vi.advanceTimersByTime(5);
  }
  expect(sent.length).toBeGreaterThan(50);
  const pauses = sent.slice(1).map(({ at }, before) => at - sent[before]!.at);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
});

it('names a file once an interval, for any number of reports', () => {
  const { sender, received } = pair();
  for (let time = 0; time < 50; time += 1) sender.announce(uuidOf(1));
  vi.advanceTimersByTime(100);
  expect(received).toEqual([[uuidOf(1)]]);
  sender.announce(uuidOf(1));
  vi.advanceTimersByTime(100);
  expect(received).toEqual([[uuidOf(1)], [uuidOf(1)]]);
});

it('sends nothing while nothing is announced', () => {
  const { sent } = pair();
  vi.advanceTimersByTime(60_000);
  expect(sent).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

it('drops a payload that cannot be sent, and sends the next one', async () => {
  const { sender, sent } = pair(() => Promise.reject(new Error('the database is away')));
  sender.announce(uuidOf(1));
  await vi.advanceTimersByTimeAsync(100);
  sender.announce(uuidOf(2));
  await vi.advanceTimersByTimeAsync(100);
  expect(sent).toHaveLength(2);
});

it('sends nothing after a stop: not what was waiting, nor the rest of what was half sent, nor later announcements', () => {
  const { sender, sent } = pair();
  for (const id of uuids(MAX_NAMED)) sender.announce(id);
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(1);
  const idle = pair();
  for (const stopping of [sender, idle.sender]) {
    stopping.stop();
    stopping.announce(uuidOf(1));
  }
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(sent).toHaveLength(1);
  expect(idle.sent).toEqual([]);
});

it.each([
  ['nothing', ''],
  ['no sender', '*'],
  ['a sender alone', 'x'.repeat(22)],
  ['half an id', 'x'.repeat(22 + 11)],
  ['an id and a half', 'x'.repeat(22 + 33)],
  ['ids and all', `${'x'.repeat(44)}*`],
  ['characters that no id has', `${'x'.repeat(22)}${'!'.repeat(22)}`],
  ['more ids than a payload has', 'x'.repeat(22 * 342)],
])('ignores a payload with %s', (_what, payload) => {
  const received: unknown[] = [];
  const exchange = new ProgressExchange({
    replicaId: uuidOf(1),
    publish: () => Promise.resolve(),
    onProgress: (ids) => received.push(ids),
  });
  exchange.receive(payload);
  expect(received).toEqual([]);
});
