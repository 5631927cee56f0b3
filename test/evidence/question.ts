// A question asked of the libraries themselves: does it give what the engine interface asks for? What it lacks, an
// adapter must make up.
import type { MachineEvent } from '../../src/fsm/machine.ts';
import { type Expected, Lack } from './criterion.ts';

export type Library = 'XState' | 'robot3';

export interface Question {
  readonly title: string;
  readonly expected: Expected<Library>;
  /** Returns how the library gives it; throws a Lack that says what it does instead. */
  readonly ask: Readonly<Record<Library, () => string>>;
}

export function lacks(what: string): never {
  throw new Lack(what);
}

export const FAILURE = { code: 'C', message: 'm', retryable: true };

/** An event of a file that has begun `attempts` uploads of two. */
export const eventOf = (type: MachineEvent['type'], attempts = 1): MachineEvent => ({
  type,
  facts: { attempts, maxAttempts: 2 },
  failure: FAILURE,
});

/** robot3 calls it after every move, whatever its types say. */
export const ignore = (): void => undefined;
