// What the poller takes of the batches that came with signals: what follows the place at which it stands, and nothing else.
import { expect, it } from 'vitest';
import { Signals } from '../../../src/feed/delivery/signals.ts';
import type { Batch, FeedSignal, Notifier } from '../../../src/feed/notify/notifier.ts';
import { makeChange, placeAt } from '../../support/feed.ts';

const batchOf = (after: number, last: number): Batch => ({
  after: placeAt(after),
  changes: Array.from({ length: last - after }, (_, at) => makeChange(after + 1 + at)),
});

function taken(position: number, ...batches: readonly Batch[]): number[] {
  const signals = new Signals();
  for (const batch of batches) signals.add(batch);
  const changes = signals.takeAfter(placeAt(position)).map((change) => change.position);
  expect(signals.taken).toBe(changes.length);
  expect(signals.takeAfter(placeAt(changes.at(-1) ?? position))).toEqual([]);
  return changes;
}

it('takes batches that follow one another, in any order, and each change once', () => {
  expect(taken(4, batchOf(4, 6))).toEqual([5, 6]);
  expect(taken(4, batchOf(6, 7), batchOf(4, 6))).toEqual([5, 6, 7]);
  expect(taken(4, batchOf(4, 6), batchOf(4, 8), batchOf(2, 5))).toEqual([5, 6, 7, 8]);
});

it('takes a batch that begins further back from where it stands on', () => {
  expect(taken(4, batchOf(1, 6))).toEqual([5, 6]);
  expect(taken(4, batchOf(1, 4), batchOf(0, 3))).toEqual([]);
});

it('takes nothing behind a gap', () => {
  expect(taken(4, batchOf(5, 6))).toEqual([]);
  expect(taken(4, batchOf(4, 5), batchOf(6, 8))).toEqual([5]);
});

it('takes nothing that stands on another change, at its beginning or further on', () => {
  const elsewhere = { position: 4, fingerprint: -4 };
  expect(taken(4, { ...batchOf(4, 6), after: elsewhere })).toEqual([]);
  const [first, ...others] = batchOf(3, 6).changes;
  expect(taken(4, { after: placeAt(3), changes: [{ ...first!, fingerprint: -4 }, ...others] })).toEqual([]);
});

it('forgets what it holds when that is too much, or when the log was taken back', () => {
  const signals = new Signals();
  for (let after = 4; after < 1_004; after += 1) signals.add(batchOf(after, after + 1));
  expect(signals.takeAfter(placeAt(4))).toHaveLength(1_000);
  for (let after = 4; after < 5_004; after += 1) signals.add(batchOf(after, after + 1));
  expect(signals.takeAfter(placeAt(4))).toEqual([]);
  signals.add(batchOf(4, 6));
  signals.restart();
  expect(signals.takeAfter(placeAt(4))).toEqual([]);
});

it('announces what was given a position, and only that', () => {
  const announced: FeedSignal[] = [];
  const notifier: Notifier = {
    isInCommit: false,
    isConnected: true,
    carriesChanges: true,
    refused: 0,
    announce: (signal) => void announced.push(signal),
    publishProgress: () => Promise.resolve(),
    publishWebhooks: () => Promise.resolve(),
    restart: () => undefined,
    stop: () => Promise.resolve(),
  };
  const signals = new Signals();
  expect(signals.isInCommit).toBe(true);
  signals.announceBy(notifier);
  expect(signals.isInCommit).toBe(false);
  const { after, changes } = batchOf(4, 6);
  signals.announce({ count: 0, head: 0 }, after, changes);
  signals.announce({ count: 2, head: 6 }, after, changes);
  signals.announce({ count: 2, head: 8 }, after, null);
  expect(announced).toEqual([
    { head: 6, batch: { after, changes } },
    { head: 8, batch: null },
  ]);
  expect([signals.makeUpFor(1_999), signals.makeUpFor(2_000)]).toEqual([true, false]);
});
