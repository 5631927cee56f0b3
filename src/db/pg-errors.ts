// What a database error means to us, told by its SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)
// or, where the socket died, by Node's error code. Never by the text of a message, with the one exception below.

const RETRYABLE_CONFLICTS = new Set(['40001', '40P01']); // serialization_failure, deadlock_detected
const LOCK_NOT_AVAILABLE = '55P03';
// Of the connection class, but our own mistake: the next try would make it again.
const PROTOCOL_VIOLATION = '08P01';
const UNIQUE_VIOLATION = '23505';

// Class 08, admin_shutdown and its kin, and what Node says of a socket.
const CONNECTION_CODES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '25P03', // idle_in_transaction_session_timeout: the server closed the session
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTCONN',
]);

// `pg` gives these no code: a socket that ended with a query in flight, and a pool that had no connection in time.
const CODELESS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Follows `cause` and MikroORM's wrapping to the code of the driver's error. */
export function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === LOCK_NOT_AVAILABLE;
}

export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === UNIQUE_VIOLATION;
}

export function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && RETRYABLE_CONFLICTS.has(code);
}

/** The connection is gone or could not be had: nothing was committed, unless COMMIT was already on its way. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return CONNECTION_CODES.has(code) || (code.startsWith('08') && code !== PROTOCOL_VIOLATION);
  return error instanceof Error && CODELESS.test(error.message);
}
