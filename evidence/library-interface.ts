// What the libraries offer for the engine interface: pure moves, effects as data, names, resuming.
import assert from 'node:assert/strict';
import * as robot3 from 'robot3';
import { createMachine, transition } from 'xstate';
import { LIFECYCLE_EDGES } from '../src/fsm/edges.ts';
import { lifecycleMachine } from '../src/fsm/machine.ts';
import { FAILURE, type Question, eventOf, ignore, lacks } from './question.ts';

const { state, transition: edge } = robot3;

export const INTERFACE_QUESTIONS: readonly Question[] = [
  {
    title: 'A move is a pure function of state and event',
    expected: { XState: 'PASS', robot3: 'FAIL' },
    XState: () => {
      const from = lifecycleMachine.resolveState({ value: 'UPLOADING' });
      const [next] = transition(lifecycleMachine, from, eventOf('COMPLETE_UPLOAD'));
      assert.deepEqual([from.value, next.value], ['UPLOADING', 'PROCESSING']);
      return '`transition(machine, snapshot, event)`';
    },
    robot3: () => {
      const service = robot3.interpret(robot3.createMachine({ A: state(edge('GO', 'B')), B: state() }), ignore);
      service.send('GO');
      assert.equal(service.machine.current, 'B');
      const makers = /^(create|interpret|invoke|state|transition|immediate|guard|reduce|action|d$)/;
      assert.deepEqual(
        Object.keys(robot3).filter((name) => !makers.test(name)),
        [],
        'a new export',
      );
      return lacks('only a service made by `interpret` moves, and it is changed by it');
    },
  },
  {
    title: 'Effects come back as data, with their arguments, and nothing is run',
    expected: { XState: 'PASS', robot3: 'FAIL' },
    XState: () => {
      let runs = 0;
      const machine = lifecycleMachine.provide({ actions: { recordFailure: () => void (runs += 1) } });
      const from = machine.resolveState({ value: 'UPLOADING' });
      const [, actions] = transition(machine, from, eventOf('FAIL_UPLOAD'));
      assert.deepEqual(
        actions.map(({ type, params }) => ({ type, params })),
        [{ type: 'recordFailure', params: { failure: FAILURE } }],
      );
      assert.equal(runs, 0);
      return 'the second result of `transition`';
    },
    robot3: () => {
      let runs = 0;
      const effect = robot3.action(() => (runs += 1));
      const service = robot3.interpret(robot3.createMachine({ A: state(edge('GO', 'B', effect)), B: state() }), ignore);
      service.send('GO');
      if (runs === 0) return 'nothing ran';
      return lacks('actions are run by `send`; to get data, reducers have to collect it in the context');
    },
  },
  {
    title: 'The guard and the effects of an edge can be read by name',
    expected: { XState: 'PASS', robot3: 'FAIL' },
    XState: () => {
      const retry = LIFECYCLE_EDGES.find(({ event }) => event === 'RETRY');
      assert.deepEqual([retry?.guard, retry?.effects], ['hasAttemptsLeft', ['clearFailure', 'rewindProgress']]);
      return 'the diagram and `Query.lifecycle` are drawn from them';
    },
    robot3: () => {
      function isAllowed(): boolean {
        return true;
      }
      const { transitions } = state(edge('GO', 'B', robot3.guard(isAllowed)));
      const guards: unknown = transitions.get('GO')?.[0]?.guards;
      if (typeof guards === 'function' && guards.name === 'isAllowed') return 'the name of the function';
      return lacks('guards and reducers are folded into one nameless function each');
    },
  },
  {
    title: 'Resuming in a state runs no entry action',
    expected: { XState: 'PASS', robot3: 'FAIL' },
    XState: () => {
      let runs = 0;
      const machine = createMachine({ initial: 'A', states: { A: {}, B: { entry: () => void (runs += 1) } } });
      machine.resolveState({ value: 'B' });
      assert.equal(runs, 0);
      return '`resolveState`';
    },
    robot3: () => {
      let runs = 0;
      const entry = robot3.action(() => (runs += 1));
      robot3.interpret(robot3.createMachine('B', { A: state(edge('GO', 'B')), B: state(entry) }), ignore);
      if (runs === 0) return 'nothing ran';
      return lacks('`interpret` enters the state the machine begins in and runs its entry actions again');
    },
  },
];
