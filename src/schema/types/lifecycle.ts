// The lifecycle machine as data, for clients that draw it or check against it.
import { createHash } from 'node:crypto';
import { LIFECYCLE_EDGES } from '../../fsm/edges.ts';
import { FILE_STATES } from '../../fsm/machine.ts';
import { drawMermaid } from '../../fsm/mermaid.ts';
import type { LifecycleEdge as Edge } from '../../fsm/types.ts';
import { builder } from '../builder.ts';
import { FileStateEnum, LifecycleEventEnum } from '../enums.ts';

const LifecycleEdge = builder.objectRef<Edge>('LifecycleEdge').implement({
  description: 'An edge of the lifecycle machine.',
  fields: (t) => ({
    from: t.expose('from', { type: FileStateEnum, description: 'The state before.' }),
    event: t.expose('event', { type: LifecycleEventEnum, description: 'The event.' }),
    to: t.expose('to', { type: FileStateEnum, description: 'The state after.' }),
    guard: t.exposeString('guard', {
      nullable: true,
      description: 'The name of the condition that must hold; null if there is none.',
    }),
  }),
});

// Covers everything a client could notice: states, edges, guards and effects.
const VERSION = createHash('sha256')
  .update(JSON.stringify([FILE_STATES, LIFECYCLE_EDGES]))
  .digest('hex')
  .slice(0, 16);

// There is only one machine: the fields read it directly.
const THE_MACHINE = { kind: 'machine' } as const;

const Lifecycle = builder.objectRef<typeof THE_MACHINE>('Lifecycle').implement({
  description: 'The lifecycle machine.',
  fields: (t) => ({
    version: t.string({
      description: 'A hash of the machine: changes whenever the machine changes.',
      resolve: () => VERSION,
    }),
    states: t.field({ type: [FileStateEnum], description: 'All states.', resolve: () => [...FILE_STATES] }),
    edges: t.field({ type: [LifecycleEdge], description: 'All edges.', resolve: () => [...LIFECYCLE_EDGES] }),
    mermaid: t.string({ description: 'The machine as a mermaid stateDiagram-v2.', resolve: drawMermaid }),
  }),
});

builder.queryField('lifecycle', (t) =>
  t.field({ type: Lifecycle, description: 'The lifecycle machine that this server runs.', resolve: () => THE_MACHINE }),
);
