// Why nobody is signed in. The client hears the same words whatever was wrong, so that guessing teaches nothing; the reason
// goes to the log, where it helps whoever runs the service.
import { DomainError } from '../errors.ts';

interface Details extends ErrorOptions {
  /** For the client. */
  readonly message?: string;
}

/** The credentials are missing or not valid. */
export class Unauthenticated extends DomainError<'UNAUTHENTICATED'> {
  /** For the log only. Contains no part of a secret. */
  readonly reason: string;

  constructor(reason: string, { message = 'A valid token or API key is required.', ...options }: Details = {}) {
    super('UNAUTHENTICATED', message, options);
    this.reason = reason;
  }
}

/** The credentials cannot be checked now: the keys or the database cannot be reached. */
export class SignInUnavailable extends DomainError<'UNAVAILABLE'> {
  constructor(options?: ErrorOptions) {
    super('UNAVAILABLE', 'Tokens and keys cannot be checked now; try again.', options);
  }
}
