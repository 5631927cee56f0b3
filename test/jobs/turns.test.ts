// Work takes turns: so much at once, a tenant never all of it, and what waits beyond a bound is refused at once.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type TurnLimits, Turns } from '../../src/jobs/turns.ts';

interface Held {
  readonly started: string[];
  readonly results: Promise<string>[];
  start(tenant: string, name: string, weight?: number, size?: number): void;
  end(name: string): Promise<void>;
}

/** As searches take them. */
const LIMITS: TurnLimits = { name: 'searches', atOnce: 3, atOncePerTenant: 2, waiting: 200, waitingOfTenant: 20 };

function hold(limits = LIMITS): Held {
  const turns = new Turns(limits);
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const started: string[] = [];
  const results: Promise<string>[] = [];
  return {
    started,
    results,
    start: (tenant, name, weight = 1, size = 1) => {
      const gate = Promise.withResolvers<void>();
      gates.set(name, gate);
      const result = turns.take({ tenant, weight, size: () => size }, async () => {
        started.push(name);
        await gate.promise;
        return name;
      });
      result.catch(() => undefined);
      results.push(result);
    },
    end: async (name) => {
      gates.get(name)!.resolve();
      await nextTurn();
    },
  };
}

it('a tenant has two at once and leaves one to others', async () => {
  const held = hold();
  for (const name of ['a1', 'a2', 'a3']) held.start('a', name);
  held.start('b', 'b1');
  held.start('c', 'c1');
  await nextTurn();
  expect(held.started).toEqual(['a1', 'a2', 'b1']);
  await held.end('b1');
  expect(held.started).toEqual(['a1', 'a2', 'b1', 'c1']);
  await held.end('a2');
  expect(held.started.at(-1)).toBe('a3');
  for (const name of ['a1', 'a3', 'c1']) await held.end(name);
  expect(await Promise.all(held.results)).toEqual(['a1', 'a2', 'a3', 'b1', 'c1']);
});

it('a search that fails makes room too', async () => {
  const turns = new Turns(LIMITS);
  const turn = { tenant: 'a', weight: 2, size: () => 1 };
  const fail = (): Promise<never> => Promise.reject(new Error('broken'));
  for (let at = 0; at < 5; at += 1) await expect(turns.take(turn, fail)).rejects.toThrow('broken');
  expect(await turns.take(turn, () => Promise.resolve('well'))).toBe('well');
});

it('beyond twenty that wait, one more of a tenant is refused with UNAVAILABLE, and others still wait', async () => {
  const held = hold();
  for (let at = 0; at < 23; at += 1) held.start('a', `a${at}`);
  held.start('b', 'b1');
  held.start('b', 'b2');
  held.start('c', 'c1');
  await nextTurn();
  await expect(held.results[22]).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  for (const name of ['b1', 'b2', 'c1', ...Array.from({ length: 22 }, (_, at) => `a${at}`)]) await held.end(name);
  expect(await Promise.all(held.results.filter((_, at) => at !== 22))).toHaveLength(25);
});

it('beyond two hundred that wait in all, one more is refused with UNAVAILABLE', async () => {
  const held = hold();
  for (let at = 0; at < 204; at += 1) held.start(`tenant ${at}`, `a${at}`);
  await nextTurn();
  await expect(held.results.at(-1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  for (let at = 0; at < 203; at += 1) await held.end(`a${at}`);
  expect(await Promise.all(held.results.slice(0, -1))).toHaveLength(203);
});

it('what is heavy leaves room to less, and is not passed by lighter work of its tenant or of others', async () => {
  const held = hold({ ...LIMITS, atOnce: 300, atOncePerTenant: 200 });
  held.start('a', 'a1', 150);
  held.start('a', 'a2', 90); // waits for its tenant
  held.start('a', 'a3', 10);
  held.start('b', 'b1', 180); // waits for room
  held.start('c', 'c1', 10);
  await nextTurn();
  expect(held.started).toEqual(['a1']);
  await held.end('a1');
  expect(held.started).toEqual(['a1', 'a2', 'a3', 'b1', 'c1']);
  held.start('d', 'd1', 1_000); // as much as a tenant may have
  for (const name of ['a2', 'a3', 'b1']) await held.end(name);
  expect(held.started.at(-1)).toBe('d1');
  for (const name of ['c1', 'd1']) await held.end(name);
  expect(await Promise.all(held.results)).toHaveLength(6);
});

it('what is large waits with less, and alone if it is larger than all that may wait', async () => {
  const held = hold({ ...LIMITS, atOncePerTenant: 1 });
  held.start('a', 'a1');
  held.start('a', 'a2', 1, 1_000);
  held.start('a', 'a3');
  await nextTurn();
  await expect(held.results.at(-1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  for (const name of ['a1', 'a2']) await held.end(name);
  expect(await Promise.all(held.results.slice(0, 2))).toEqual(['a1', 'a2']);
});

it('work whose caller leaves while it waits is never started, and makes room', async () => {
  const turns = new Turns({ name: 'works', atOnce: 1, atOncePerTenant: 1, waiting: 9, waitingOfTenant: 1 });
  const leaving = new AbortController();
  const gate = Promise.withResolvers<string>();
  const turn = { tenant: 'a', weight: 1, size: () => 1 };
  const running = turns.take({ ...turn, leaving: () => leaving.signal }, () => gate.promise);
  const left = turns.take({ ...turn, leaving: () => leaving.signal }, () => 'left');
  leaving.abort();
  await expect(left).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const later = turns.take(turn, () => 'later');
  gate.resolve('running');
  expect(await Promise.all([running, later])).toEqual(['running', 'later']);
});
