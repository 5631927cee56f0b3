// The clients behind every connection, with what `pg` does not take from a URL: `connect_timeout` and `channel_binding`.
import { Client, type ClientConfig } from 'pg';
import { readConnectionUrl } from './connection-url.ts';
import { withScope } from './scoped-client.ts';
import { connectionConfig } from './session.ts';
import { UnnamedClient } from './unnamed-client.ts';

/** Where the URL says nothing. */
const CONNECT_TIMEOUT_MS = 10_000;

const NOT_BOUND =
  'channel_binding=require in its URL demands a proof that nobody sits in between, and the server gave none: it asks for no ' +
  'SCRAM password, or something in between ends the encryption';

/** A connection that is in no pool; `purpose` as for connectionConfig. What the URL says goes before `more`. */
export function createClient(url: string, purpose: string, more: ClientConfig = {}): Client {
  const ClientOfUrl = clientClassOf(url);
  return new ClientOfUrl({ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, ...more, ...connectionConfig(url, purpose) });
}

/**
 * For a pool, whose own time limit is for the wait for a connection too.
 * @param isScoped whether it says with each statement for whom it is (src/db/scoped-client.ts)
 */
export function clientClassOf(url: string, preparedStatements = true, isScoped = false): typeof Client {
  const { connectionTimeoutMillis, channelBinding } = readConnectionUrl(url);
  const enableChannelBinding = channelBinding !== undefined;
  const limits = connectionTimeoutMillis === undefined ? {} : { connectionTimeoutMillis };
  const Named = preparedStatements ? Client : UnnamedClient;
  return class extends (isScoped ? withScope(Named, preparedStatements) : Named) {
    constructor(config: string | ClientConfig = {}) {
      // Not a copy: a pool hides the password from copies.
      super(Object.assign(Object.create(config as ClientConfig) as ClientConfig, limits, { enableChannelBinding }));
      if (channelBinding === 'require') requireChannelBinding(this);
    }
  };
}

/**
 * Breaks the connection before anything is answered that is not bound to the certificate of the server
 * (https://www.postgresql.org/docs/current/sasl-authentication.html). These listeners come before those of the client.
 */
function requireChannelBinding({ connection }: Client): void {
  let isProven = false;
  const refuse = (): void => {
    // It may have come in the same packet; connecting must not succeed after it has failed.
    connection.removeAllListeners('readyForQuery');
    connection.emit('error', new Error(NOT_BOUND));
    connection.stream.destroy();
  };
  connection.on('authenticationSASL', ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
    if (!mechanisms.includes('SCRAM-SHA-256-PLUS')) refuse();
  });
  connection.on('authenticationSASLFinal', () => (isProven = true));
  connection.on('authenticationCleartextPassword', refuse);
  connection.on('authenticationMD5Password', refuse);
  connection.on('authenticationOk', () => isProven || refuse());
}
