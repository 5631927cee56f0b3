// What is read from the machine: its lists, its arrows, its diagram, and the enums of the public schema.
import { readFileSync } from 'node:fs';
import { GraphQLEnumType, buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import { LIFECYCLE_EDGES, STATE_DESCRIPTIONS, findEdge } from '../../src/fsm/edges.ts';
import { statesWith } from '../../src/fsm/tags.ts';
import { FILE_STATES, INITIAL_STATE, LIFECYCLE_EVENTS } from '../../src/fsm/machine.ts';
import { drawMermaid } from '../../src/fsm/mermaid.ts';
import { EVENTS, PAIRS, STATES } from './contract-table.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

function namesOf(enumName: string): string[] {
  const type = schema.getType(enumName);
  if (!(type instanceof GraphQLEnumType)) throw new TypeError(`${enumName} is no enum of schema.graphql`);
  return type.getValues().map(({ name }) => name);
}

it('has the states and events of the contract, each once', () => {
  expect(FILE_STATES.toSorted()).toEqual(STATES.toSorted());
  expect(LIFECYCLE_EVENTS.toSorted()).toEqual(EVENTS.toSorted());
});

it('begins UNTRACKED and keeps failures in FAILED', () => {
  expect(INITIAL_STATE).toBe('UNTRACKED');
  expect(statesWith('failed')).toEqual(['FAILED']);
});

it('has the eight edges of the contract and no other', () => {
  const wanted = PAIRS.flatMap(({ state: from, event, cell }) =>
    cell === null ? [] : [{ from, event, to: cell.to, guard: cell.guard ?? null }],
  );
  const edges = LIFECYCLE_EDGES.map(({ from, event, to, guard }) => ({ from, event, to, guard }));
  expect(edges).toHaveLength(wanted.length);
  expect(edges).toEqual(expect.arrayContaining(wanted));
});

it('finds the edge of every pair that has one, and of no other', () => {
  for (const { state, event, cell } of PAIRS) {
    const edge = findEdge(state, event);
    if (cell === null) expect(edge, `${state} ${event}`).toBeUndefined();
    else expect(edge).toMatchObject({ from: state, event, to: cell.to });
  }
});

it('says what every state and every edge means', () => {
  for (const state of STATES) expect(STATE_DESCRIPTIONS[state], state).toMatch(/^[A-Z].*\.$/);
  for (const { event, description } of LIFECYCLE_EDGES) expect(description, event).toMatch(/^[A-Z].*\.$/);
});

it('draws every edge once, with its guard, from the initial state on', () => {
  const [title, initial, ...arrows] = drawMermaid().split('\n');
  expect(title).toBe('stateDiagram-v2');
  expect(initial?.trim()).toBe('[*] --> UNTRACKED');
  const wanted = PAIRS.flatMap(({ state, event, cell }) => {
    if (cell === null) return [];
    return [`${state} --> ${cell.to}: ${event}${cell.guard === undefined ? '' : ` [${cell.guard}]`}`];
  });
  expect(arrows.map((arrow) => arrow.trim()).toSorted()).toEqual(wanted.toSorted());
});

it('is what the enums of the committed schema list', () => {
  // The printed schema is in alphabetical order.
  expect(namesOf('FileState').toSorted()).toEqual(FILE_STATES.toSorted());
  expect(namesOf('LifecycleEvent').toSorted()).toEqual(LIFECYCLE_EVENTS.toSorted());
});

it('has a mutation of the committed schema for every event', () => {
  const named = EVENTS.map((event) =>
    event.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
  );
  expect(Object.keys(schema.getMutationType()?.getFields() ?? {})).toEqual(expect.arrayContaining(named));
});
