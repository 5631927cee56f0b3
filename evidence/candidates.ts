// The engines that are compared, in the order of the columns.
import { createTableEngine } from './engines/table-engine.ts';
import type { Guards, LifecycleEngine } from '../src/fsm/types.ts';
import { createXStateEngine } from '../src/fsm/xstate-engine.ts';
import { createRobot3Engine } from './engines/robot3-engine.ts';

export interface Candidate {
  readonly name: string;
  readonly createEngine: (guards?: Guards) => LifecycleEngine;
}

export const CANDIDATES: readonly Candidate[] = [
  { name: 'XState', createEngine: createXStateEngine },
  { name: 'table', createEngine: createTableEngine },
  { name: 'robot3', createEngine: createRobot3Engine },
];
