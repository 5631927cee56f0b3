// Digests computed in threads, against Node's own.
import { createHash } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/log.ts';
import { type Algorithm, type Digest, DigestLost } from '../../../src/uploads/digest/digest.ts';
import { DigestThreads } from '../../../src/uploads/digest/digest-threads.ts';
import { KIB, MIB, randomBytes } from '../../support/bytes.ts';
import { createRandom } from '../../support/random.ts';
import { until } from '../../support/until.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const hexOf = (bytes: Uint8Array, algorithm: Algorithm = 'sha256'): string =>
  createHash(algorithm).update(bytes).digest('hex');

describe(`digest threads (SEED=${SEED})`, () => {
  const random = createRandom(SEED);
  const bytes = randomBytes(random, 12 * MIB + 5);
  let threads: DigestThreads;
  let workers: Worker[];
  const note = (worker: Worker): void => void workers.push(worker);

  beforeEach(() => {
    workers = [];
    process.on('worker', note);
    threads = new DigestThreads(createLogger('silent'));
  });
  afterEach(async () => {
    process.off('worker', note);
    await threads.stop();
  });

  /** In pieces of up to `most` bytes, also of none. */
  async function feed(digest: Digest, part: Uint8Array, most: number): Promise<void> {
    for (let at = 0; at < part.length;) {
      const end = Math.min(part.length, at + random.below(most + 1));
      await digest.update(part.subarray(at, end));
      at = end;
    }
  }

  it.each([100, 64 * KIB, 3 * MIB, 12 * MIB])('agree however the bytes come, many at once: up to %i', async (most) => {
    const algorithms: Algorithm[] = ['sha256', 'sha1', 'md5'];
    const all = most === 100 ? bytes.subarray(0, 100_003) : bytes;
    const digests = algorithms.map((algorithm) => threads.create(algorithm, 100 * MIB));
    const resumable = [threads.resume(null), threads.resume(null)];
    await Promise.all([...digests, ...resumable].map((digest) => feed(digest, all, most)));
    expect(digests.map(({ offset }) => offset)).toEqual(digests.map(() => all.length));
    const ends = await Promise.all([...digests, ...resumable].map((digest) => digest.end()));
    expect(ends).toEqual([...algorithms, 'sha256' as const, 'sha256' as const].map((name) => hexOf(all, name)));
  });

  it('resume from a saved state, whatever it covers, while the first goes on', async () => {
    const place = random.below(bytes.length);
    const first = threads.resume(null);
    await feed(first, bytes.subarray(0, place), MIB);
    const saving = first.save();
    await feed(first, bytes.subarray(place), MIB);
    const second = threads.resume({ state: (await saving)!, offset: place });
    await feed(second, bytes.subarray(place), MIB);
    expect([await first.end(), await second.end(), second.offset]).toEqual([hexOf(bytes), hexOf(bytes), bytes.length]);
  });

  it('give the digest of nothing, in a thread and without one', async () => {
    const digests = [threads.create('sha256', 100 * MIB), threads.create('sha256', 0), threads.resume(null)];
    for (const digest of digests) expect(await digest.end()).toBe(hexOf(new Uint8Array()));
  });

  it('start none for a few bytes', async () => {
    const digest = threads.create('sha256', 1_000);
    await digest.update(bytes.subarray(0, 1_000));
    expect(await digest.end()).toBe(hexOf(bytes.subarray(0, 1_000)));
    expect(workers).toEqual([]);
  });

  it('are not disturbed by digests that are dropped in the middle, nor by those that are dropped after their end', async () => {
    const dropped = [threads.create('sha256', 100 * MIB), threads.resume(null)];
    const digest = threads.create('sha256', 100 * MIB);
    await Promise.all([...dropped, digest].map((each) => feed(each, bytes, MIB)));
    for (const each of dropped) each.drop();
    expect(await digest.end()).toBe(hexOf(bytes));
    digest.drop();
    const next = threads.create('sha256', 100 * MIB);
    await feed(next, bytes, MIB);
    expect(await next.end()).toBe(hexOf(bytes));
    expect(workers).toHaveLength(1);
  });

  it('say that a digest is lost when they end, hold nobody up, and are started again', async () => {
    const digest = threads.create('sha256', 100 * MIB);
    await feed(digest, bytes, MIB);
    const waiting = feed(digest, bytes, MIB);
    await workers[0]!.terminate();
    await waiting;
    await until(async () => digest.isLost, Boolean);
    await feed(digest, bytes, MIB);
    expect(digest.offset).toBe(3 * bytes.length);
    await expect(digest.end()).rejects.toBeInstanceOf(DigestLost);
    const next = threads.create('sha256', 100 * MIB);
    await feed(next, bytes, MIB);
    expect(await next.end()).toBe(hexOf(bytes));
    expect(workers).toHaveLength(2);
  });

  it('answer or lose what is asked for in the moment they end', async () => {
    const digest = threads.resume(null);
    await digest.update(bytes);
    const [worker] = await until(
      async () => workers,
      ({ length }) => length === 1,
    );
    const asked = [digest.save(), digest.end()];
    const ended = worker!.terminate();
    for (const outcome of await Promise.allSettled(asked)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(DigestLost);
    }
    await ended;
  });
});
