// The failures that a child can end with, and which of them are worth another try (docs/processors.md).
import type { Failure } from '../../fsm/types.ts';
import type { ProcessingLimits } from '../limits.ts';

const MIB = 1024 * 1024;
const MAX_MESSAGE = 500;
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Sent by somebody else: the kernel without memory, an operator, a container that ends. The bytes are not to blame. */
const FROM_OUTSIDE: readonly (NodeJS.Signals | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];
const OUT_OF_MEMORY = /out of memory|bad_alloc/i;
// unshare of util-linux 2.38 means to die of the signal that its child died of, and cannot do so by SIGKILL.
const KILLED = /unshare: sigprocmask/;

export function timedOut(processor: string, limits: ProcessingLimits): Failure {
  const message = `The processor ${processor} took longer than ${limits.processorMs / 1000} s.`;
  return { code: 'PROCESSOR_TIMEOUT', message, retryable: false };
}

export function outOfMemory(processor: string, limits: ProcessingLimits): Failure {
  const { heapBytes, memoryBytes } = limits;
  const allowed = `${heapBytes / MIB} MiB of objects, ${memoryBytes / MIB} MiB in all`;
  const message = `The processor ${processor} used more memory than it may (${allowed}).`;
  return { code: 'PROCESSOR_OUT_OF_MEMORY', message, retryable: false };
}

export function tooMuchOutput(message: string): Failure {
  return { code: 'PROCESSOR_OUTPUT_TOO_LARGE', message, retryable: false };
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error. */
  readonly stderr: string;
}

/** A child that nobody told to end. */
export function crashed(processor: string, { code, signal, stderr }: Exit, limits: ProcessingLimits): Failure {
  if (OUT_OF_MEMORY.test(stderr)) return outOfMemory(processor, limits);
  const retryable = FROM_OUTSIDE.includes(signal) || KILLED.test(stderr);
  const how = retryable ? 'was killed' : signal === null ? `ended with exit code ${code}` : `crashed with ${signal}`;
  return { code: 'PROCESSOR_CRASHED', message: `The process of the processor ${processor} ${how}.`, retryable };
}

/** It sent what no child of ours sends. */
export function spokeNonsense(processor: string): Failure {
  const message = `The process of the processor ${processor} sent something that is no answer.`;
  return { code: 'PROCESSOR_CRASHED', message, retryable: false };
}

/** What a processor reported. It comes from where untrusted bytes are read, so nothing about it is believed. */
export function reported(processor: string, failure: unknown): Failure {
  const { code, message, retryable } = (failure ?? {}) as Record<string, unknown>;
  const known = typeof code === 'string' && CODE.test(code) ? code : 'PROCESSOR_FAILED';
  const text = typeof message === 'string' ? oneLine(message, MAX_MESSAGE) : '';
  const isUnexpected = known === 'PROCESSOR_FAILED';
  return {
    code: known,
    message: isUnexpected ? `The processor ${processor} failed: ${text}` : text || `The processor ${processor} failed.`,
    retryable: isUnexpected || retryable === true,
  };
}

/** Fit for a message: no line breaks or control characters, not too long, and storable in PostgreSQL. */
export function oneLine(text: string, length: number): string {
  return text
    .slice(0, length)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toWellFormed();
}
