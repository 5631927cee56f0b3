// A question to the libraries themselves: do they give what the engine interface needs? An adapter must make up for
// what they lack.
import type { MachineEvent } from '../src/fsm/machine.ts';
import { Lack, type Verdict } from './verdict.ts';

export const LIBRARIES = ['XState', 'robot3'] as const;
type Library = (typeof LIBRARIES)[number];

/** A check per library returns how the library does it, or throws a Lack that says what it does instead. */
export interface Question extends Readonly<Record<Library, () => string>> {
  readonly title: string;
  readonly expected: Readonly<Record<Library, Verdict>>;
}

export function lacks(what: string): never {
  throw new Lack(what);
}

export const FAILURE = { code: 'C', message: 'm', retryable: true };

/** An event of a file that has started `attempts` of its two uploads. */
export const eventOf = (type: MachineEvent['type'], attempts = 1): MachineEvent => ({
  type,
  facts: { attempts, maxAttempts: 2 },
  failure: FAILURE,
});

/** robot3 calls it after every move, whatever its types say. */
export const ignore = (): void => undefined;
