// Opens pools of pipelining `pg` clients.
import { type ClientBase, type Pool, type PoolConfig } from 'pg';
import { clientClassOf } from './client.ts';
import { trackPool } from './open-pools.ts';
import { type OnShrunk, PatientPool } from './patient-pool.ts';
import { type SessionSettings, connectionConfig, setUpOwnSession, setUpSession } from './session.ts';
import { prepareScope } from './scoped-client.ts';
import { closeIdleAfterSilence } from './silent-connections.ts';
import { TYPES } from './types.ts';

export interface PoolOptions {
  readonly url: string;
  /** Shown in pg_stat_activity.application_name. */
  readonly name: string;
  /** Connections at most. */
  readonly max: number;
  /**
   * How long the server may take for one command, in milliseconds, from when it can start: from the answer to the command
   * before it, where that is pipelined. Then the connection is closed. Above the server's own statement_timeout; no limit if
   * not given. Held by the connections that MikroORM uses (src/db/command-watchdog.ts).
   */
  readonly commandTimeoutMs?: number;
  /** Whether statements keep their names; without, a pooler may give each another server connection. True if not given. */
  readonly preparedStatements?: boolean;
  /** With it the connections act as that role, and say for whom each statement is (docs/adr/0025). */
  readonly role?: string | null;
  /** Other session settings than those of src/db/session.ts. */
  readonly session?: SessionSettings;
  /** More of them, where no pooler shares the session with others (src/db/session.ts). */
  readonly ownSession?: SessionSettings;
  /** Called when the server has refused a further connection. */
  readonly onShrunk?: OnShrunk;
}

// How long a request may wait for a free connection before it fails, and a connect for its answer.
const CONNECTION_TIMEOUT_MS = 10_000;

// A peer that is gone shows on an idle connection after this time and ten probes, one a second (libuv's choice). Node offers
// no tcp_user_timeout, which would find it on a busy one: there the time limit of each command does.
const KEEP_ALIVE_MS = 5_000;

/** Opens nothing yet: connections are made when they are first needed. */
export function openPool(options: PoolOptions, more: PoolConfig = {}): Pool {
  const { url, name, max, preparedStatements = true } = options;
  const { connectionTimeoutMillis: waitMs = CONNECTION_TIMEOUT_MS } = more;
  const inUrl = connectionConfig(url, name);
  const config: PoolConfig = {
    ...inUrl,
    max,
    pipeline: true,
    types: TYPES,
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool waits for it; its types do not say so
    onConnect: (client) => setUp(client, options),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    Client: clientClassOf(url, preparedStatements, options.role != null),
    ...more,
    // The client's own, if the URL has a shorter one (src/db/client.ts).
    connectionTimeoutMillis: Math.max(waitMs, inUrl.connectionTimeoutMillis ?? 0),
  };
  const pool = new PatientPool(config, options.onShrunk);
  // A connection that is lost without a listener is an uncaught exception. What was in flight on it throws by itself.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  closeIdleAfterSilence(pool);
  trackPool(name, pool);
  return pool;
}

async function setUp(
  client: ClientBase,
  { url, session, ownSession, role, preparedStatements = true }: PoolOptions,
): Promise<void> {
  await setUpSession(client, url, role == null ? session : { ...session, role });
  if (ownSession !== undefined) await setUpOwnSession(client, ownSession);
  if (role != null) await prepareScope(client, preparedStatements);
}
