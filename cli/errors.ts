// Errors of the command line: a code, one line of text, and an exit code. Never a stack trace.
import { constants } from 'node:os';

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export abstract class CliError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Invalid arguments. */
export class UsageError extends CliError<'USAGE'> {
  constructor(message: string) {
    super('USAGE', message);
  }
}

/** No response arrived, so it is unknown what the server did. */
export class Unreachable extends CliError<'UNREACHABLE'> {
  /** Why, without advice. */
  readonly reason: string;

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super('UNREACHABLE', `${url} cannot be reached: ${reason}. Is --url correct, and is the server running?`, options);
    this.reason = reason;
  }
}

/** The response does not come from a working Waybill: a proxy's error page, for example. */
export class UnexpectedAnswer extends CliError<'UNEXPECTED_ANSWER'> {
  /** HTTP status; 200 when the body was wrong. */
  readonly status: number;
  /** When to come back; null: the server did not say. */
  readonly retryAfterSeconds: number | null;

  constructor(url: string, status: number, what: string, retryAfterSeconds: number | null = null) {
    super('UNEXPECTED_ANSWER', `${url} answered ${what}`);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The server refused; `code` and `message` are the server's. */
export class Refused extends CliError {
  /** The file concerned, when the caller does not know it. */
  readonly fileId: string | null;
  /** Of RATE_LIMITED: when to send it again. */
  readonly retryAfterSeconds: number | null;

  constructor(code: string, message: string, fileId: string | null = null, retryAfterSeconds: number | null = null) {
    super(code, message);
    this.fileId = fileId;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The cursor is no longer valid; `nextCursor` is the one to go on from, if any. */
export class CursorLost extends CliError<'CURSOR_LOST'> {
  readonly nextCursor: string | null;

  constructor(message: string, nextCursor: string | null) {
    super('CURSOR_LOST', message);
    this.nextCursor = nextCursor;
  }
}

/** Stopped by Ctrl-C, kill, a closed terminal or a closed pipe. */
export class Interrupted extends CliError<'INTERRUPTED'> {
  /** 128 + signal, as a shell reports it. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE') {
    super('INTERRUPTED', 'Interrupted.');
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** After how many seconds the server wants to be asked again, because the tenant sends too much; null: it did not say so. */
export const retryAfterOf = (error: unknown): number | null =>
  error instanceof Refused || error instanceof UnexpectedAnswer ? error.retryAfterSeconds : null;

/** The seconds in a Retry-After header; null when there is none, or a date. */
export const parseRetryAfter = (header: string | null | undefined): number | null =>
  header != null && /^\d{1,6}$/.test(header) ? Number(header) : null;

/** Whether a retry may succeed: the server is starting, its database or the network is down for a moment. */
export function isTransient(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  if (error instanceof UnexpectedAnswer) return error.status === 429 || error.status >= 500;
  return error instanceof Refused && (error.code === 'UNAVAILABLE' || error.code === 'FILE_BUSY');
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

/** For messages about a retry: without advice. */
export function describeBriefly(error: unknown): string {
  if (error instanceof Unreachable) return error.reason;
  return retryAfterOf(error) === null ? describe(error) : 'the server takes no more from this tenant for now';
}

/** One line; `CODE: message` when the server gave a code, which its documentation explains. */
export function describe(error: unknown): string {
  if (error instanceof Refused) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
