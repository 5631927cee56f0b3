// Both engines against the contract's table, and so against each other: every state, every event, every guard outcome.
import { describe, expect, it, test } from 'vitest';
import { createTableEngine } from '../../evidence/engines/table-engine.ts';
import type { Decision, EventInput, GuardFacts, Guards, LifecycleEngine } from '../../src/fsm/types.ts';
import { createXStateEngine } from '../../src/fsm/xstate-engine.ts';
import { PAIRS, type Pair, STATES, acceptedIn } from './contract-table.ts';

type CreateEngine = (guards?: Guards) => LifecycleEngine;

const ENGINES: [string, CreateEngine][] = [
  ['xstate', createXStateEngine],
  ['table', createTableEngine],
];

const failure = { code: 'DISK_FULL', message: 'no room', retryable: false };
const facts = { attempts: 1, maxAttempts: 5 };
const input: EventInput = { facts, failure };

const answering = (verdict: boolean): Guards => ({ hasAttemptsLeft: () => verdict });

const throwing: Guards = {
  hasAttemptsLeft: () => {
    throw new Error('the guard broke');
  },
};

/** The decision without its effects, which the contract's table does not speak of. */
function verdictOf(decision: Decision): unknown {
  if (decision.outcome !== 'accepted') return decision;
  const { effects: _, ...verdict } = decision;
  return verdict;
}

function expected({ cell }: Pair, guardPasses: boolean): unknown {
  if (cell === null) return { outcome: 'not_allowed', guard: null };
  if (cell.guard === undefined) return { outcome: 'accepted', to: cell.to, guard: null };
  if (guardPasses) return { outcome: 'accepted', to: cell.to, guard: true };
  return { outcome: 'guard_rejected', guard: false, guardName: cell.guard };
}

/** Facts on both sides of the guard's edge. */
const BOUNDARIES: [GuardFacts, boolean][] = [
  [{ attempts: 0, maxAttempts: 1 }, true],
  [{ attempts: 1, maxAttempts: 1 }, false],
  [{ attempts: 4, maxAttempts: 5 }, true],
  [{ attempts: 5, maxAttempts: 5 }, false],
  [{ attempts: 6, maxAttempts: 5 }, false],
  [{ attempts: 999_999, maxAttempts: 1_000_000 }, true],
  [{ attempts: 1_000_000, maxAttempts: 1_000_000 }, false],
];

test('the contract has forty pairs, eight of them edges and one of those guarded', () => {
  expect(PAIRS).toHaveLength(40);
  expect(PAIRS.filter(({ cell }) => cell !== null)).toHaveLength(8);
  expect(PAIRS.filter(({ cell }) => cell?.guard !== undefined)).toHaveLength(1);
});

describe.each(ENGINES)('the %s engine', (name, create) => {
  it('bears its name', () => {
    expect(create().name).toBe(name);
  });

  it.each([true, false])('decides all forty pairs as the contract does when its guards say %s', (verdict) => {
    const engine = create(answering(verdict));
    for (const pair of PAIRS) {
      const decision = engine.decide(pair.state, pair.event, input);
      expect(verdictOf(decision), `${pair.state} ${pair.event}`).toEqual(expected(pair, verdict));
    }
  });

  it.each(BOUNDARIES)('decides all forty pairs as the contract does on %o', (boundary, passes) => {
    const engine = create();
    for (const pair of PAIRS) {
      const decision = engine.decide(pair.state, pair.event, { facts: boundary, failure });
      expect(verdictOf(decision), `${pair.state} ${pair.event}`).toEqual(expected(pair, passes));
    }
  });

  it('allows exactly the events that it would accept', () => {
    for (const [boundary, passes] of BOUNDARIES) {
      for (const state of STATES) {
        expect(create().allowedEvents(state, boundary).toSorted(), state).toEqual(acceptedIn(state, passes));
      }
    }
  });

  it('throws what a guard throws, where the guard is asked and nowhere else', () => {
    const engine = create(throwing);
    for (const { state, event, cell } of PAIRS) {
      const decide = (): Decision => engine.decide(state, event, input);
      if (cell?.guard === undefined) expect(decide, `${state} ${event}`).not.toThrow();
      else expect(decide, `${state} ${event}`).toThrow('the guard broke');
    }
    expect(() => engine.allowedEvents('FAILED', facts)).toThrow('the guard broke');
    expect(engine.allowedEvents('INDEXED', facts).toSorted()).toEqual(acceptedIn('INDEXED', true));
  });

  it('hands the facts to the guard as they are', () => {
    const seen: GuardFacts[] = [];
    const engine = create({ hasAttemptsLeft: (given) => seen.push(given) > 0 });
    engine.decide('FAILED', 'RETRY', input);
    // How often a pure guard is asked is the engine's affair.
    expect(seen.length).toBeGreaterThan(0);
    for (const given of seen) expect(given).toEqual(facts);
  });

  it('gives effects as plain data, with the failure in them and nowhere else', () => {
    const engine = create();
    const effects = PAIRS.flatMap(({ state, event }) => {
      const decision = engine.decide(state, event, input);
      return decision.outcome === 'accepted' ? [[event, decision.effects]] : [];
    });
    expect(JSON.parse(JSON.stringify(effects)), 'survives JSON').toEqual(effects);
    expect(Object.fromEntries(effects)).toEqual({
      START_UPLOAD: [{ type: 'countAttempt' }],
      COMPLETE_UPLOAD: [{ type: 'completeProgress' }],
      FAIL_UPLOAD: [{ type: 'recordFailure', failure }],
      COMPLETE_PROCESSING: [],
      FAIL_PROCESSING: [{ type: 'recordFailure', failure }],
      RESET: [{ type: 'discardBytes' }],
      FAIL_RESET: [{ type: 'recordFailure', failure }],
      RETRY: [{ type: 'clearFailure' }, { type: 'rewindProgress' }],
    });
  });

  it('keeps nothing between two decisions', () => {
    const engine = create();
    const once = PAIRS.map(({ state, event }) => engine.decide(state, event, input));
    const again = PAIRS.toReversed().map(({ state, event }) => engine.decide(state, event, input));
    expect(again.toReversed()).toEqual(once);
  });
});

test('the two engines give the very same decisions and the very same lists', () => {
  for (const guards of [undefined, answering(true), answering(false)]) {
    const [xstate, table] = [createXStateEngine(guards), createTableEngine(guards)];
    for (const [boundary] of BOUNDARIES) {
      const given = { facts: boundary, failure };
      for (const { state, event } of PAIRS) {
        expect(xstate.decide(state, event, given)).toEqual(table.decide(state, event, given));
      }
      for (const state of STATES) {
        expect(xstate.allowedEvents(state, boundary)).toEqual(table.allowedEvents(state, boundary));
      }
    }
  }
});

test('an answer that xstate has given before is the same again, with the failure of the event at hand', () => {
  const [engine, table] = [createXStateEngine(), createTableEngine()];
  for (const code of ['FIRST', 'SECOND', 'THIRD']) {
    const asked: EventInput = { facts, failure: { ...failure, code } };
    for (const { state, event } of PAIRS) {
      expect(engine.decide(state, event, asked), `${state} ${event} ${code}`).toEqual(
        table.decide(state, event, asked),
      );
    }
  }
});
