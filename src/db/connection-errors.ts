// Why a connection to PostgreSQL could not be opened, and what to do about it, in words for whoever runs the service.
import { codeOf } from './pg-errors.ts';

const SELF_SIGNED =
  'the server shows a certificate that no known authority has signed: name its authority with ' +
  'sslrootcert=/path/to/ca.pem, or encrypt without checking whom you talk to with sslmode=require and no sslrootcert';

// By SQLSTATE, or by the code of Node's socket or of OpenSSL.
const REASONS: Readonly<Record<string, string>> = {
  '28P01': 'the password is wrong',
  '3D000': 'there is no such database: create it, or correct its name',
  '53300': 'the server has no connection left (max_connections, or the limit of the role or database)',
  '57P03': 'the server is starting up or shutting down',
  ECONNREFUSED: 'nothing listens at this host and port',
  ENOENT: 'there is no socket in this directory',
  EACCES: 'the socket may not be opened by this user',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'there is no route to the host',
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: SELF_SIGNED,
  CERT_HAS_EXPIRED: 'the certificate of the server has expired',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate of the server is for another host name: use that name, or sslmode=verify-ca with sslrootcert',
};

/** One line, without a final full stop. */
export function describeConnectionError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code === '28000' && /no encryption/.test(message)) {
    return `the server accepts encrypted connections only: add sslmode=verify-full (${message})`;
  }
  if (/does not support SSL/.test(message)) {
    return 'the server does not offer TLS: leave sslmode out, or set sslmode=disable';
  }
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason === undefined) return code === undefined ? message : `${message} (${code})`;
  return `${reason} (${code})`;
}
