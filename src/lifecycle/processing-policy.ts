// What the configuration says of processing: whose work a file is, and which failures are retried by themselves.
import type { QueueRule } from '../config-values.ts';
import type { File } from '../entities/file.ts';
import type { Queue } from '../entities/processing.ts';
import { CANCELED, UNSPECIFIED } from '../fsm/failures.ts';
import type { Failure } from '../fsm/types.ts';

export interface ProcessingPolicy {
  /** Asked when a file enters PROCESSING. */
  queueOf(file: Pick<File, 'transfer' | 'contentType'>): Queue;
  /** Whether only a worker of this service that has the file may say that its processing has succeeded. */
  isCompletedByWorkers(file: Pick<File, 'transfer'>): boolean;
  /**
   * Milliseconds until a failed file is retried by itself; null: never.
   * @param attempts uploads started so far
   */
  retryAfterMs(failure: Failure, attempts: number): number | null;
}

export interface PolicyOptions {
  /** The first that matches decides; without one it is `builtin`. */
  readonly rules: readonly QueueRule[];
  /** Whether files are scanned for malware: what is INDEXED may be read. */
  readonly isScanned?: boolean;
  readonly autoRetry: boolean;
  /** Of the first retry, in milliseconds. Each later one waits four times as long. */
  readonly retryBackoffMs: number;
}

const LONGEST_BACKOFF_MS = 600_000;

/** Somebody wanted it to end, or did not say why it did: another try is theirs to ask for. */
const NEVER_RETRIED: ReadonlySet<string> = new Set([CANCELED.code, UNSPECIFIED.code]);

export function createProcessingPolicy({
  rules,
  isScanned = false,
  autoRetry,
  retryBackoffMs,
}: PolicyOptions): ProcessingPolicy {
  return {
    // The bytes of an EXTERNAL file are not here: its client ends the processing, or a worker of the client's.
    queueOf: ({ transfer, contentType }) =>
      transfer === 'EXTERNAL' ? 'external' : (rules.find((rule) => matches(rule, contentType))?.queue ?? 'builtin'),
    isCompletedByWorkers: ({ transfer }) => isScanned && transfer === 'MANAGED',
    retryAfterMs: ({ code, retryable }, attempts) =>
      autoRetry && retryable && !NEVER_RETRIED.has(code)
        ? Math.min(LONGEST_BACKOFF_MS, retryBackoffMs * 4 ** (attempts - 1))
        : null,
  };
}

/** Whether files may enter the queue `builtin`. */
export const hasBuiltinFiles = (rules: readonly QueueRule[]): boolean =>
  rules.some(({ queue }) => queue === 'builtin') || rules.every(({ pattern }) => pattern !== '*');

function matches({ pattern }: QueueRule, contentType: string): boolean {
  const [type = ''] = contentType.toLowerCase().split(';');
  if (pattern === '*' || pattern === type.trim()) return true;
  return pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1));
}
