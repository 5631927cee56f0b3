// What a processor threw, as a failure of the file. Whatever it was, it becomes one line of bounded length.
import { ProcessingError } from '../../processor.ts';
import type { FailureMessage } from '../messages.ts';

const MAX_MESSAGE = 500;
// Of V8 and of Node, for a buffer that could not be had.
const NO_MEMORY = /array buffer allocation failed|failed to allocate memory|invalid array buffer length/i;

/** @param path of the file's bytes, which says nothing to a client */
export function failureOf(error: unknown, path?: string): FailureMessage {
  const message = messageOf(error, path);
  if (isProcessingError(error)) {
    return { code: error.code, message, retryable: error.retryable };
  }
  if (error instanceof RangeError && NO_MEMORY.test(message)) {
    return { code: 'PROCESSOR_OUT_OF_MEMORY', message, retryable: false };
  }
  return { code: 'PROCESSOR_FAILED', message, retryable: true };
}

/** By its name, because a team's module may have a copy of the class. */
function isProcessingError(error: unknown): error is ProcessingError {
  return error instanceof Error && (error instanceof ProcessingError || error.name === 'ProcessingError');
}

function messageOf(error: unknown, path: string | undefined): string {
  const text = textOf(error);
  const line = (path === undefined ? text : text.replaceAll(path, 'the file')).replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.slice(0, MAX_MESSAGE).toWellFormed() || 'It gave no reason.';
}

/** Even reading the message may throw, or give something else than a text. */
function textOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message.slice(0, 10 * MAX_MESSAGE) : `threw ${String(error)}`;
  } catch {
    return 'threw something that cannot be printed';
  }
}
