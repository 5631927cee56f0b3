// Asks the machine what a state means. Code outside this folder never names a state, so a new one changes the machine only.
import { FILE_STATES, type FileState, type StateTag, lifecycleMachine } from './machine.ts';

const tagsOf = new Map<string, ReadonlySet<string>>(
  Object.values(lifecycleMachine.states).map(({ key, tags }) => [key, new Set(tags)]),
);

export function hasTag(state: FileState, tag: StateTag): boolean {
  return tagsOf.get(state)?.has(tag) === true;
}

/** In the machine's order. */
export const statesWith = (tag: StateTag): readonly FileState[] => FILE_STATES.filter((state) => hasTag(state, tag));

/** Whether bytes of a MANAGED file are still to come. */
export const wantsBytes = (state: FileState): boolean => hasTag(state, 'awaitingBytes') || hasTag(state, 'receiving');
