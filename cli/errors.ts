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

  constructor(url: string, status: number, what: string) {
    super('UNEXPECTED_ANSWER', `${url} answered ${what}`);
    this.status = status;
  }
}

/** The server refused; `code` and `message` are the server's. */
export class Refused extends CliError {
  /** The file concerned, when the caller does not know it. */
  readonly fileId: string | null;

  constructor(code: string, message: string, fileId: string | null = null) {
    super(code, message);
    this.fileId = fileId;
  }
}

/** The cursor is no longer valid; `oldestCursor` is the oldest valid one, if any. */
export class CursorLost extends CliError<'CURSOR_LOST'> {
  readonly oldestCursor: string | null;

  constructor(message: string, oldestCursor: string | null) {
    super('CURSOR_LOST', message);
    this.oldestCursor = oldestCursor;
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
export const describeBriefly = (error: unknown): string =>
  error instanceof Unreachable ? error.reason : describe(error);

/** One line; `CODE: message` when the server gave a code, which its documentation explains. */
export function describe(error: unknown): string {
  if (error instanceof Refused) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
