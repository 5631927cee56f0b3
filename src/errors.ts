// The errors this program raises on purpose. Everything else is a defect: masked, logged with its request id, counted.

/** An error with a literal, documented `code`; `cause` keeps what led to it. */
export class DomainError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

export type StartupErrorCode =
  | 'INVALID_CONFIGURATION'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_UNREACHABLE'
  | 'EMBEDDED_POSTGRES_UNAVAILABLE'
  | 'EMBEDDED_POSTGRES_FAILED'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_UNSUITABLE';

/** The program cannot start. The message is for the person at the terminal: what is wrong, and the ways out. */
export class StartupError extends DomainError<StartupErrorCode> {}
