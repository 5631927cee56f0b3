// Failures that more than one place gives, with the one wording that clients see.
import type { Failure } from './types.ts';

/** Somebody asked for the processing to end. */
export const CANCELED: Failure = { code: 'CANCELED', message: 'Processing was cancelled.', retryable: true };

/** Whoever sent the event gave no reason. Events that record no failure carry it too. */
export const UNSPECIFIED: Failure = { code: 'UNSPECIFIED', message: 'No reason was given.', retryable: true };
