// The one reader of PostgreSQL connection URLs. Every connection of the program (MikroORM, the feed, LISTEN, migrations)
// is opened with the parts that this returns, so that a URL means the same to all of them.
import { parseIntoClientConfig } from 'pg-connection-string';
import type { ClientConfig } from 'pg';
import { StartupError } from '../errors.ts';

/**
 * What `pg` takes: host, port, user, password, database, ssl, connectionTimeoutMillis, and parameters of the session such as
 * `options`; and channelBinding, if it is not to be left to `pg`, which uses none (src/db/client.ts).
 */
export type ConnectionSettings = Readonly<ClientConfig> & { readonly channelBinding?: 'prefer' | 'require' };

const PROTOCOL = /^postgres(?:ql)?:\/\//i;
const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'];
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * Reads a URL as libpq does (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS): `require`
 * encrypts without checking the certificate unless `sslrootcert` names an authority. Two differences: `prefer` is
 * `require`, and `no-verify` encrypts without checking.
 * @param variable the setting that holds the URL, named in the error
 * @throws StartupError INVALID_CONFIGURATION, without any secret of the URL
 */
export function readConnectionUrl(url: string, variable = 'DATABASE_URL'): ConnectionSettings {
  const refuse: Refuse = (problem, cause) =>
    new StartupError('INVALID_CONFIGURATION', `${variable} holds "${redactUrl(url)}", but ${problem}`, { cause });
  if (!PROTOCOL.test(url)) throw refuse('a postgres:// or postgresql:// URL is needed');
  const mode = /[?&]sslmode=([^&#]*)/.exec(url)?.[1];
  if (mode !== undefined && !SSL_MODES.includes(mode)) {
    throw refuse(`sslmode must be one of ${SSL_MODES.join(', ')}`);
  }
  if (mode === 'verify-ca' && !/[?&]sslrootcert=/.test(url)) throw refuse('sslmode=verify-ca needs sslrootcert');
  const { ssl, ...parts } = parse(withLibpqModes(url, mode), refuse);
  if (parts.host?.includes(',')) throw refuse('only one host can be named');
  const { connect_timeout: timeout, channel_binding: binding, ...settings } = parts;
  const hasTls = ssl !== undefined && ssl !== false;
  return {
    ...settings,
    ...(ssl !== undefined && { ssl }),
    ...readConnectTimeout(timeout, refuse),
    ...readChannelBinding(binding, hasTls, refuse),
  };
}

type Refuse = (problem: string, cause?: unknown) => StartupError;

/** In seconds; "Zero, negative, or not specified means wait indefinitely": the time limits of this program hold. */
function readConnectTimeout(text: string | undefined, refuse: Refuse): Partial<ConnectionSettings> {
  if (text === undefined) return {};
  const seconds = Number(text);
  if (text === '' || !Number.isInteger(seconds)) throw refuse('connect_timeout must be a number of seconds');
  return seconds <= 0 ? {} : { connectionTimeoutMillis: seconds * 1_000 };
}

function readChannelBinding(text: string | undefined, hasTls: boolean, refuse: Refuse): Partial<ConnectionSettings> {
  if (text === undefined || text === 'disable') return {};
  if (!CHANNEL_BINDINGS.includes(text)) throw refuse(`channel_binding must be one of ${CHANNEL_BINDINGS.join(', ')}`);
  if (hasTls) return { channelBinding: text as 'prefer' | 'require' };
  if (text === 'require') throw refuse('channel_binding=require needs TLS: add sslmode=require or verify-full');
  return {};
}

/** The package has its own meaning of the modes unless this parameter is set; it knows `no-verify` only without it. */
function withLibpqModes(url: string, mode: string | undefined): string {
  if (mode === undefined || mode === 'no-verify' || /[?&]uselibpqcompat=/.test(url)) return url;
  return url.replace(/[?&]sslmode=/, (found) => `${found[0]}uselibpqcompat=true&sslmode=`);
}

type OnlyForParsing = Record<'sslmode' | 'sslcert' | 'sslkey' | 'sslrootcert' | 'uselibpqcompat', unknown>;

interface OwnParameters {
  readonly connect_timeout?: string;
  readonly channel_binding?: string;
}

function parse(url: string, refuse: Refuse): ClientConfig & OwnParameters {
  try {
    const config = parseIntoClientConfig(url) as ClientConfig & OnlyForParsing & OwnParameters;
    // Read from their files by now: `ssl` has their contents.
    const { sslmode, sslcert, sslkey, sslrootcert, uselibpqcompat, ...parts } = config;
    return parts;
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (path !== undefined) throw refuse(`${path} cannot be read (${code})`, error);
    throw refuse(code === 'ERR_INVALID_URL' ? 'it is not a valid URL' : message, error);
  }
}

/** For messages: without user information, and without parameters that could be secrets. */
export function redactUrl(url: string): string {
  return url.replace(/:\/\/.*@/s, '://***@').replaceAll(/([?&](?:password|sslpassword)=)[^&#]*/gi, '$1***');
}
