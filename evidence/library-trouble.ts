// What the libraries do when something is wrong: a refusal, a typing error in the machine, an error in a guard.
import assert from 'node:assert/strict';
import * as robot3 from 'robot3';
import { createActor, createMachine, setup, transition } from 'xstate';
import { lifecycleMachine } from '../src/fsm/machine.ts';
import { type Question, eventOf, ignore, lacks } from './question.ts';

const { state, transition: edge } = robot3;

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

export const TROUBLE_QUESTIONS: readonly Question[] = [
  {
    title: "A guard's refusal looks different from a missing edge",
    expected: { XState: 'FAIL', robot3: 'FAIL' },
    XState: () => {
      const from = lifecycleMachine.resolveState({ value: 'FAILED' });
      const [refused] = transition(lifecycleMachine, from, eventOf('RETRY', 2));
      const [missing] = transition(lifecycleMachine, from, eventOf('RESET'));
      if (refused !== from || missing !== from) return 'another snapshot';
      return lacks('both give the snapshot back, and `can` is false for both; the list of edges tells them apart');
    },
    robot3: () => {
      let moves = 0;
      const refusing = robot3.guard(() => false);
      const service = robot3.interpret(
        robot3.createMachine({ A: state(edge('GO', 'B', refusing)), B: state(edge('BACK', 'A')) }),
        () => (moves += 1),
      );
      const before = service.machine;
      service.send('GO');
      service.send('BACK');
      if (moves > 0 || service.machine !== before) return 'another machine';
      return lacks("both are silent; the state's map of transitions tells them apart");
    },
  },
  {
    title: 'An edge to a state that does not exist is refused when the machine is made',
    expected: { XState: 'PASS', robot3: 'FAIL' },
    XState: () => {
      const told = messageOf(() => createMachine({ initial: 'A', states: { A: { on: { GO: 'NOWHERE' } } } }));
      assert.match(told, /NOWHERE/);
      return 'thrown by `createMachine`';
    },
    robot3: () => {
      const machine = robot3.createMachine({ A: state(edge('GO', 'NOWHERE')) });
      const service = robot3.interpret(machine, ignore);
      const told = messageOf(() => service.send('GO'));
      assert.match(told, /enter/);
      assert.equal(service.machine.current, 'NOWHERE');
      return lacks(
        'a TypeError on the move, after the service has moved; `robot3/debug` checks, for the whole process',
      );
    },
  },
  {
    title: 'What the types call optional can be left out',
    expected: { XState: 'PASS', robot3: 'FAIL' },
    XState: () => {
      const actor = createActor(createMachine({ initial: 'A', states: { A: { on: { GO: 'B' } }, B: {} } })).start();
      actor.send({ type: 'GO' });
      assert.equal(actor.getSnapshot().value, 'B');
      actor.stop();
      return 'tried on `createActor`';
    },
    robot3: () => {
      const service = robot3.interpret(robot3.createMachine({ A: state(edge('GO', 'B')), B: state() }));
      const told = messageOf(() => service.send('GO'));
      if (told === '') return 'tried on `interpret`';
      assert.equal(service.machine.current, 'B');
      return lacks(`without \`onChange\` a move throws "${told}", after the service has moved`);
    },
  },
  {
    title: "A guard's own error comes out as it was thrown",
    expected: { XState: 'FAIL', robot3: 'PASS' },
    XState: () => {
      const error = new Error('the guard has failed');
      const rethrow = (): boolean => {
        throw error;
      };
      const machine = setup({ guards: { rethrow } }).createMachine({
        initial: 'A',
        states: { A: { on: { GO: { target: 'B', guard: 'rethrow' } } }, B: {} },
      });
      try {
        transition(machine, machine.resolveState({ value: 'A' }), { type: 'GO' });
      } catch (thrown) {
        if (thrown === error) return 'the same object';
        assert.ok(thrown instanceof Error && thrown.message.includes(error.message) && thrown.cause === undefined);
        return lacks('a new error with the message of the first, without `cause`');
      }
      throw new TypeError('nothing was thrown');
    },
    robot3: () => {
      const error = new Error('the guard has failed');
      const rethrow = robot3.guard(() => {
        throw error;
      });
      const machine = robot3.createMachine({ A: state(edge('GO', 'B', rethrow)), B: state() });
      const service = robot3.interpret(machine, ignore);
      assert.throws(
        () => service.send('GO'),
        (thrown) => thrown === error,
      );
      return 'the same object';
    },
  },
];
