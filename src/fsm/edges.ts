// The machine's arrows as plain data, read from the machine itself.
import { type FileState, type LifecycleEvent, lifecycleMachine } from './machine.ts';
import type { LifecycleEdge } from './types.ts';

type StateNode = (typeof lifecycleMachine)['root'];

const nameOf = (part: unknown): string => (typeof part === 'string' ? part : (part as { type: string }).type);

function edgesFrom({ key, transitions }: StateNode): LifecycleEdge[] {
  return [...transitions.values()].flat().map((edge) => ({
    from: key as FileState,
    event: edge.eventType as LifecycleEvent,
    to: edge.target?.[0]?.key as FileState,
    description: edge.description ?? '',
    guard: edge.guard === undefined ? null : nameOf(edge.guard),
    effects: edge.actions.map(nameOf),
  }));
}

export const LIFECYCLE_EDGES: readonly LifecycleEdge[] = Object.values(lifecycleMachine.states).flatMap(edgesFrom);

const edgeIndex = new Map(LIFECYCLE_EDGES.map((edge) => [`${edge.from} ${edge.event}`, edge]));

/** The edge an event takes from a state, whatever its guard says; undefined when the machine has none. */
export function findEdge(from: FileState, event: LifecycleEvent): LifecycleEdge | undefined {
  return edgeIndex.get(`${from} ${event}`);
}

const describe = ({ key, description }: StateNode): [string, string] => [key, description ?? ''];

/** What each state means, in the machine's own words. */
export const STATE_DESCRIPTIONS = Object.fromEntries(Object.values(lifecycleMachine.states).map(describe)) as Readonly<
  Record<FileState, string>
>;
