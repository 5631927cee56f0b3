// The engines on trial, in the order of the columns.
import { createTableEngine } from '../../src/fsm/table-engine.ts';
import type { Guards, LifecycleEngine } from '../../src/fsm/types.ts';
import { createXStateEngine } from '../../src/fsm/xstate-engine.ts';
import { createRobot3Engine } from './robot3-engine.ts';

export type CandidateName = 'XState' | 'table' | 'robot3';

export interface Candidate {
  readonly name: CandidateName;
  readonly createEngine: (guards?: Guards) => LifecycleEngine;
}

export const CANDIDATES: readonly Candidate[] = [
  { name: 'XState', createEngine: createXStateEngine },
  { name: 'table', createEngine: createTableEngine },
  { name: 'robot3', createEngine: createRobot3Engine },
];
