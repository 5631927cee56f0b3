// Replicas over one PostgreSQL, each in a process of its own, with a proxy between them and the database. All of it can be
// killed, stopped, disconnected and started again.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedServer, startEmbedded } from '../../src/db/embedded/start.ts';
import { createLogger } from '../../src/log.ts';
import { NatsServer } from '../support/nats-server.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';

const portOf = (url: string): number => Number(new URL(url).port);

export class Cluster {
  readonly proxy: TcpProxy;
  readonly replicas: (WaybillProcess | null)[];
  readonly #dataDir: string;
  /** Over which the replicas signal to each other; null: by LISTEN. */
  readonly nats: NatsServer | null;
  #server: EmbeddedServer;
  #longestAwayMs = 0;

  private constructor(dataDir: string, server: EmbeddedServer, proxy: TcpProxy, nats: NatsServer | null) {
    this.#dataDir = dataDir;
    this.nats = nats;
    this.#server = server;
    this.proxy = proxy;
    this.replicas = [];
  }

  static async start(replicas: number, notifier: 'listen' | 'nats' = 'listen'): Promise<Cluster> {
    const dataDir = await mkdtemp(join(tmpdir(), 'waybill-chaos-'));
    await chmod(dataDir, 0o711); // run by root, the server runs as another user, who needs access
    const server = await startServer(dataDir);
    const nats = notifier === 'nats' ? await NatsServer.start() : null;
    const cluster = new Cluster(dataDir, server, await startTcpProxy(portOf(server.url)), nats);
    for (let at = 0; at < replicas; at += 1) await cluster.startReplica(at);
    return cluster;
  }

  /** Of the running replicas. */
  get urls(): string[] {
    return this.replicas.flatMap((replica) => (replica === null ? [] : [replica.url]));
  }

  async startReplica(at: number, env: Record<string, string> = {}): Promise<WaybillProcess> {
    const database = this.proxy.urlThrough(this.#server.url);
    // Unlimited attempts: otherwise every file would have failed for good long before the load is over.
    const settings = { DATABASE_URL: database, LOG_LEVEL: 'warn', WAYBILL_MAX_ATTEMPTS: '1000000' };
    const signals: Record<string, string> = this.nats === null ? {} : { WAYBILL_NOTIFY_URL: this.nats.url };
    const replica = await startProcess({ ...settings, ...signals, ...env }, 'api');
    this.replicas[at] = replica;
    return replica;
  }

  async killReplica(at: number): Promise<void> {
    const replica = this.replicas[at];
    this.replicas[at] = null;
    await replica?.end('SIGKILL');
  }

  /** Stops it in immediate mode, without a checkpoint, so that the next start recovers from the WAL. */
  async restartPostgres(): Promise<void> {
    const begun = performance.now();
    process.kill(this.#server.pid, 'SIGQUIT');
    await this.#server.exited;
    await this.#server.stop();
    this.#server = await startServer(this.#dataDir);
    this.proxy.retarget(portOf(this.#server.url));
    this.#longestAwayMs = Math.max(this.#longestAwayMs, performance.now() - begun);
  }

  /** The longest time in which there was no PostgreSQL, in milliseconds. */
  get longestAwayMs(): number {
    return Math.round(this.#longestAwayMs);
  }

  /** On a connection of its own, not through the proxy. */
  async query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.#server.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** A connection that does not go through the proxy. */
  async connect(database?: string): Promise<pg.Client> {
    const url =
      database === undefined
        ? this.#server.url
        : Object.assign(new URL(this.#server.url), { pathname: `/${database}` }).href;
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((_, at) => this.killReplica(at)));
    await this.nats?.kill();
    await this.proxy.close();
    await this.#server.stop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

const startServer = (dataDir: string): Promise<EmbeddedServer> =>
  startEmbedded({ dataDir, log: createLogger('silent'), settings: { max_connections: '200' } });
