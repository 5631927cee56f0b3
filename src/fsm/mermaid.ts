// The machine drawn as a mermaid stateDiagram-v2 (https://mermaid.js.org/syntax/stateDiagram.html).
import { LIFECYCLE_EDGES } from './edges.ts';
import { INITIAL_STATE } from './machine.ts';
import type { LifecycleEdge } from './types.ts';

const drawEdge = ({ from, event, to, guard }: LifecycleEdge): string =>
  `  ${from} --> ${to}: ${event}${guard === null ? '' : ` [${guard}]`}`;

export function drawMermaid(): string {
  return ['stateDiagram-v2', `  [*] --> ${INITIAL_STATE}`, ...LIFECYCLE_EDGES.map(drawEdge)].join('\n');
}
