// The lifecycle without a program around it, for tests that need its failpoints, other guards or other limits, and what such
// tests ask of the database behind it: rows held by somebody else, the log as it was written.
import { Writable } from 'node:stream';
import pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import {
  LIFECYCLE_CONNECTIONS,
  type Lifecycle,
  type LifecycleOptions,
  createLifecycle,
} from '../../src/lifecycle/lifecycle.ts';
import type { RegisterCommand, RemoveCommand, TransitionCommand, Transitioned } from '../../src/lifecycle/commands.ts';
import type { TransactionLimits } from '../../src/db/transact.ts';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import type { FileState, LifecycleEvent } from '../../src/fsm/machine.ts';
import { createXStateEngine } from '../../src/fsm/xstate-engine.ts';
import { type TestDatabase, createDatabase } from './database.ts';
import type { LogLine } from './instance.ts';
import { LONG_TIMERS, PLAIN_POLICY } from './timers.ts';
import { until } from './until.ts';

type Options = Partial<
  Pick<
    LifecycleOptions,
    | 'engine'
    | 'failpoints'
    | 'limits'
    | 'timers'
    | 'policy'
    | 'admission'
    | 'onLogged'
    | 'onQueued'
    | 'quotas'
    | 'takeTurn'
  >
> & {
  /** Share the one of another bench. */
  readonly database?: TestDatabase;
  /** As of the pool; none if not given. */
  readonly commandTimeoutMs?: number;
  /** Where to connect instead of straight to the database: a proxy. */
  readonly through?: (url: string) => Promise<string>;
};

export interface Bench {
  readonly lifecycle: Lifecycle;
  readonly orm: MikroORM;
  readonly database: TestDatabase;
  readonly log: LogLine[];
  stop(): Promise<void>;
}

/** No lock or statement times out in these tests: what waits for a row waits until the test releases it. */
export const PATIENT: TransactionLimits = {
  lockTimeoutMs: 120_000,
  statementTimeoutMs: 120_000,
  idleTimeoutMs: 120_000,
};

export async function startLifecycle({
  through,
  commandTimeoutMs,
  database: shared,
  ...options
}: Options = {}): Promise<Bench> {
  const database = shared ?? (await createDatabase());
  const url = (await through?.(database.url)) ?? database.url;
  const timeout = commandTimeoutMs === undefined ? {} : { commandTimeoutMs };
  const orm = createOrm({ url, name: 'writes', max: LIFECYCLE_CONNECTIONS, ...timeout });
  const log: LogLine[] = [];
  const sink = new Writable({
    write: (line: Buffer, _encoding, done) => {
      log.push(JSON.parse(line.toString()) as LogLine);
      done();
    },
  });
  const lifecycle = createLifecycle({
    orm,
    engine: createXStateEngine(),
    log: pino({ base: null }, sink),
    random: Math.random,
    newId: uuidv7,
    timers: LONG_TIMERS,
    policy: PLAIN_POLICY,
    onLogged: () => undefined,
    onProgress: () => undefined,
    ...options,
  });
  return {
    lifecycle,
    orm,
    database,
    log,
    stop: async () => {
      await lifecycle.idle();
      await orm.close();
      if (shared === undefined) await database.drop();
    },
  };
}

const asked = () => ({ tenant: 'local', actor: 'test', attemptId: uuidv7() });

export const registration = (more: Partial<RegisterCommand> = {}): RegisterCommand => ({
  ...asked(),
  kind: 'register',
  fileId: uuidv7(),
  name: 'a file',
  contentType: 'application/octet-stream',
  transfer: 'EXTERNAL',
  size: null,
  sha256: null,
  metadata: {},
  metadataHeader: null,
  maxAttempts: 1_000,
  idempotencyKey: null,
  ...more,
});

export const sending = (
  fileId: string,
  event: LifecycleEvent,
  more: Partial<TransitionCommand> = {},
): TransitionCommand => ({
  ...asked(),
  kind: 'transition',
  fileId,
  event,
  expectedVersion: null,
  idempotencyKey: null,
  failure: { code: 'TEST', message: 'a test', retryable: true },
  leaseToken: null,
  properties: null,
  ...more,
});

export const removal = (fileId: string): RemoveCommand => ({
  ...asked(),
  kind: 'remove',
  fileId,
  expectedVersion: null,
});

/** Registers a file and brings it on its way; returns its UUID. */
export async function bring(lifecycle: Lifecycle, way: readonly LifecycleEvent[] = [], more = {}): Promise<string> {
  const command = registration(more);
  await lifecycle.executeOne(command);
  const answers = await lifecycle.execute<'transition'>(way.map((event) => sending(command.fileId, event)));
  for (const answer of answers) {
    if (answer.outcome !== 'transitioned') throw new Error(`not on its way: ${JSON.stringify(answer)}`);
  }
  return command.fileId;
}

/** Sends one event and returns the answer as a success, whatever it is: for `toMatchObject`. */
export async function sendOne(lifecycle: Lifecycle, command: TransitionCommand): Promise<Transitioned> {
  return (await lifecycle.executeOne(command)) as Transitioned;
}

/** A row of the change log. */
export interface Logged {
  readonly version: number;
  readonly kind: string;
  readonly event: LifecycleEvent | null;
  readonly from_state: FileState | null;
  readonly to_state: FileState | null;
  readonly attempt_id: string;
}

/** The UUID in a file's global id. */
export const uuidOf = (id: string): string => id.slice('file_'.length);

/** What the log has of a file, by UUID, in the order in which it was written. */
export async function readLog(database: TestDatabase, fileId: string): Promise<Logged[]> {
  return await database.query<Logged & pg.QueryResultRow>(
    'select version, kind, event, from_state, to_state, attempt_id from file_change where file_id = $1 order by id',
    [fileId],
  );
}

/** Locks the rows of files from a connection of its own, as another program would; call what it returns to let go. */
export async function holdFiles(database: TestDatabase, ...fileIds: string[]): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.url, application_name: 'holder' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('begin');
  const { rowCount } = await client.query('select from file where id = any($1) for update', [fileIds]);
  if (rowCount !== fileIds.length) throw new Error(`${rowCount} rows held instead of ${fileIds.length}`);
  return () => client.end();
}

/** A condition of SQL: somebody waits for, or has, such a lock in this database. Other tests use the same server. */
export const existsLock = (condition: string): string =>
  `exists (select from pg_locks
    where database = (select oid from pg_database where datname = current_database()) and ${condition})`;

/** Waits until the database calls the condition true. */
export async function untilTrue(database: TestDatabase, condition: string): Promise<void> {
  const holds = async (): Promise<boolean> =>
    (await database.query<{ holds: boolean }>(`select (${condition}) as holds`))[0]?.holds === true;
  await until(holds, (value) => value);
}
