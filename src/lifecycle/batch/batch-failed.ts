// A batch that failed as a whole.

/**
 * Wraps an error for which every command of the batch fails. Its commands must not run again: that would only repeat the
 * error, or what was committed.
 */
export class BatchFailed extends Error {
  constructor(cause: unknown) {
    super('the batch failed as a whole', { cause });
  }
}
