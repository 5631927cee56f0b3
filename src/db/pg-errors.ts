// What a database error means, by its SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)
// or, where the socket died, by Node's error code. Never by the text of a message, with the one exception below.
import { DatabaseError } from 'pg';

const RETRYABLE_CONFLICTS = new Set(['40001', '40P01']); // serialization_failure, deadlock_detected
const LOCK_NOT_AVAILABLE = '55P03';
const UNIQUE_VIOLATION = '23505';
const STATEMENT_COMPLETION_UNKNOWN = '40003';

/** A connection that the server or a pooler closed or refused, whatever the statement was. */
const LOST_SESSION = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout: the server closed the session
  '25006', // read_only_sql_transaction: after a failover this is a standby, and the primary is elsewhere
  '53300', // too_many_connections
]);

/** What Node says of a socket, and of a name that does not resolve (https://nodejs.org/api/errors.html). */
const LOST_SOCKET = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTCONN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ERR_STREAM_DESTROYED',
  'ERR_SOCKET_CLOSED',
]);

// `pg` gives these no code: a socket that ended with a query in flight, a query without an answer in time, and a pool that
// had no connection in time.
const CODELESS =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed))/;

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

/** Internal error, data corrupted, index corrupted. */
const DAMAGE = 'XX';

/** PostgreSQL cannot make sense of what it finds on its disk. */
export const isDamage = (error: unknown): boolean => codeOf(error)?.startsWith(DAMAGE) === true;

const QUERY_CANCELED = '57014'; // its statement_timeout was over
/** Disk full, out of memory, too many connections. */
const INSUFFICIENT_RESOURCES = '53';

/** What the database could not do now, and may do later, though it can be reached: the statement is not at fault. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  return isConflict(error) || code === QUERY_CANCELED || code.startsWith(INSUFFICIENT_RESOURCES);
}

/**
 * The connection was lost, could not be made, or is to a server that cannot write. Says whether another try may help, and
 * what to tell a client. It does not say what became of a COMMIT: `isRollbackVerdict` does.
 */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return code.startsWith('08') || LOST_SESSION.has(code) || LOST_SOCKET.has(code);
  return error instanceof Error && CODELESS.test(error.message);
}

/** The server, the role or the database has no connection left. */
export function isConnectionRefused(error: unknown): boolean {
  return codeOf(error) === '53300';
}

/** The message of `pg` for a command that had no answer within its time; its connection is closed then. */
export const SILENCE = 'Query read timeout';

export function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message === SILENCE;
}

/**
 * Whether the answer to a COMMIT proves that it was rolled back: only PostgreSQL itself gives these classes, and only
 * before it writes the commit record (a deferred constraint or trigger, a serialization failure). Every other error may
 * come from something between this program and the server, which does not know either.
 */
export function isRollbackVerdict(error: unknown): boolean {
  const code = error instanceof DatabaseError ? (error.code ?? '') : '';
  return /^(23|40)/.test(code) && code !== STATEMENT_COMPLETION_UNKNOWN;
}

/**
 * Whether a row could not be inserted because there is no file that it could belong to: none at all (foreign_key_violation),
 * or none that the statement may see (insufficient_privilege, src/db/row-security.ts).
 */
export const isOfNoFile = (error: unknown): boolean => ['23503', '42501'].includes(codeOf(error) ?? '');
