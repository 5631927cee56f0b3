// The errors this program throws on purpose. Every other error is a defect: masked, logged with its request id, counted.

/** An error with a literal, documented `code`. `cause` keeps the error behind it. */
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
  | 'DATABASE_UNSUITABLE'
  | 'DATABASE_BUSY'
  | 'DATABASE_IN_USE'
  | 'DATABASE_NEWER'
  | 'MIGRATION_FAILED'
  | 'STORE_UNSUITABLE'
  | 'BACKUP_FAILED'
  | 'MOVE_FAILED'
  | 'PROCESSORS_UNUSABLE'
  | 'TRUSTED_DOCUMENTS_UNUSABLE';

/** The program cannot start. The message tells the person at the terminal what is wrong and how to fix it. */
export class StartupError extends DomainError<StartupErrorCode> {}
