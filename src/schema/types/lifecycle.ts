// The machine as it runs, for whoever draws it or checks against it.
import { createHash } from 'node:crypto';
import { LIFECYCLE_EDGES } from '../../fsm/edges.ts';
import { FILE_STATES } from '../../fsm/machine.ts';
import { drawMermaid } from '../../fsm/mermaid.ts';
import type { LifecycleEdge as Edge } from '../../fsm/types.ts';
import { builder } from '../builder.ts';
import { FileStateEnum, LifecycleEventEnum } from '../enums.ts';

const LifecycleEdge = builder.objectRef<Edge>('LifecycleEdge').implement({
  description: 'One arrow of the machine.',
  fields: (t) => ({
    from: t.expose('from', { type: FileStateEnum, description: 'The state it leaves.' }),
    event: t.expose('event', { type: LifecycleEventEnum, description: 'The event that takes it.' }),
    to: t.expose('to', { type: FileStateEnum, description: 'The state it leads to.' }),
    guard: t.exposeString('guard', { nullable: true, description: 'The condition that must hold, if there is one.' }),
  }),
});

// Everything a client could notice is part of it: states, edges, guards and effects.
const VERSION = createHash('sha256')
  .update(JSON.stringify([FILE_STATES, LIFECYCLE_EDGES]))
  .digest('hex')
  .slice(0, 16);

// There is one machine, and its fields read it themselves.
const THE_MACHINE = { kind: 'machine' } as const;

const Lifecycle = builder.objectRef<typeof THE_MACHINE>('Lifecycle').implement({
  description: 'The lifecycle machine as it runs.',
  fields: (t) => ({
    version: t.string({ description: 'Changes whenever the machine changes.', resolve: () => VERSION }),
    states: t.field({ type: [FileStateEnum], description: 'All states.', resolve: () => [...FILE_STATES] }),
    edges: t.field({ type: [LifecycleEdge], description: 'All arrows.', resolve: () => [...LIFECYCLE_EDGES] }),
    mermaid: t.string({ description: 'The machine as a mermaid stateDiagram-v2.', resolve: drawMermaid }),
  }),
});

builder.queryField('lifecycle', (t) =>
  t.field({ type: Lifecycle, description: 'The machine as it runs.', resolve: () => THE_MACHINE }),
);
