// What can go wrong, as people and scripts are told of it: a code, one line, and an exit code. Never a stack trace.
import { constants } from 'node:os';

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

export abstract class CliError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The command line was not understood, or asks for what cannot be. */
export class UsageError extends CliError<'USAGE'> {
  constructor(message: string) {
    super('USAGE', message);
  }
}

/** No answer came, so nothing is known of what the server did. */
export class Unreachable extends CliError<'UNREACHABLE'> {
  /** Without advice. */
  readonly reason: string;

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super('UNREACHABLE', `${url} cannot be reached: ${reason}. Is it the right --url, and is the server up?`, options);
    this.reason = reason;
  }
}

/** What answered is no Waybill, or none that works: a proxy's error page, say. */
export class UnexpectedAnswer extends CliError<'UNEXPECTED_ANSWER'> {
  /** HTTP; 200 when the body was at fault. */
  readonly status: number;

  constructor(url: string, status: number, what: string) {
    super('UNEXPECTED_ANSWER', `${url} answered ${what}`);
    this.status = status;
  }
}

/** The server said no, and why; `code` is the server's. */
export class Refused extends CliError {
  /** The file it is about, where that is not known anyway. */
  readonly fileId: string | null;

  constructor(code: string, message: string, fileId: string | null = null) {
    super(code, message);
    this.fileId = fileId;
  }
}

/** A cursor leads nowhere any more; `oldestCursor` is the first that does, if there is one. */
export class CursorLost extends CliError<'CURSOR_LOST'> {
  readonly oldestCursor: string | null;

  constructor(message: string, oldestCursor: string | null) {
    super('CURSOR_LOST', message);
    this.oldestCursor = oldestCursor;
  }
}

/** Somebody wants this to stop: Ctrl-C, kill, a terminal that was closed, a reader that has gone. */
export class Interrupted extends CliError<'INTERRUPTED'> {
  /** As a shell reports a process that a signal has ended. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE') {
    super('INTERRUPTED', 'Interrupted.');
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Whether the same again may work: the server is starting, its database is away, the network has a moment. */
export function isTransient(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  if (error instanceof UnexpectedAnswer) return error.status === 429 || error.status >= 500;
  return error instanceof Refused && (error.code === 'UNAVAILABLE' || error.code === 'FILE_BUSY');
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

/** For what is being tried again: without advice. */
export const describeBriefly = (error: unknown): string =>
  error instanceof Unreachable ? error.reason : describe(error);

/** One line for people: `CODE: why` if the server gave a code, for it is what its manual speaks of. */
export function describe(error: unknown): string {
  if (error instanceof Refused) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
