// One candidate against one criterion: the real lifecycle around its engine, on a real PostgreSQL. `close` closes
// everything that was opened here.
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type MikroORM, createOrm } from '../src/db/orm.ts';
import type { LifecycleEvent } from '../src/fsm/machine.ts';
import type { Failure, Guards } from '../src/fsm/types.ts';
import type { AnswerOf, RegisterCommand, TransitionCommand } from '../src/lifecycle/commands.ts';
import { type Lifecycle, createLifecycle } from '../src/lifecycle/lifecycle.ts';
import type { Failpoints } from '../src/lifecycle/failpoints.ts';
import { createLogger } from '../src/log.ts';
import { LONG_TIMERS, PLAIN_POLICY } from '../test/support/timers.ts';
import { until } from '../test/support/until.ts';
import type { Candidate } from './candidates.ts';
import { type ChangeRow, type FileRow, READ_CHANGES, READ_FILES } from './rows.ts';

export interface TrialSettings {
  readonly url: string;
  readonly seed: number;
  /** Events of the adversarial run. */
  readonly events: number;
}

export type Answer = AnswerOf['transition'];

const ORIGIN = { tenant: 'evidence', actor: 'evidence' };
export const NO_FAILURE: Failure = { code: 'UNSPECIFIED', message: 'none given', retryable: false };

// Generous, as the machine may be busy: no criterion depends on time.
const LIMITS = { lockTimeoutMs: 60_000, statementTimeoutMs: 60_000, idleTimeoutMs: 60_000 };
const CONNECTIONS = 24;

export const transitionOf = (fileId: string, event: LifecycleEvent, failure = NO_FAILURE): TransitionCommand => ({
  ...ORIGIN,
  kind: 'transition',
  attemptId: uuidv7(),
  fileId,
  event,
  failure,
  expectedVersion: null,
  idempotencyKey: null,
  leaseToken: null,
  properties: null,
});

const registrationOf = (more: Partial<RegisterCommand>): RegisterCommand => ({
  ...ORIGIN,
  kind: 'register',
  attemptId: uuidv7(),
  fileId: uuidv7(),
  name: 'a file',
  contentType: 'application/octet-stream',
  transfer: 'EXTERNAL',
  size: 1000,
  sha256: null,
  metadata: {},
  metadataHeader: null,
  maxAttempts: 3,
  idempotencyKey: null,
  ...more,
});

export class Trial {
  readonly candidate: Candidate;
  readonly settings: TrialSettings;
  readonly #orm: MikroORM;
  readonly #clients: pg.Client[] = [];
  #observer: Promise<pg.Client> | undefined;

  constructor(candidate: Candidate, settings: TrialSettings) {
    this.candidate = candidate;
    this.settings = settings;
    this.#orm = createOrm({ url: settings.url, name: 'evidence', max: CONNECTIONS });
  }

  async close(): Promise<void> {
    await Promise.all([this.#orm.close(), ...this.#clients.map((client) => client.end())]);
  }

  /** The lifecycle of one replica. Replicas share the database only. */
  replica(options: { readonly guards?: Guards; readonly failpoints?: Failpoints } = {}): Lifecycle {
    const { guards, ...failpoints } = options;
    return createLifecycle({
      ...failpoints,
      engine: this.candidate.createEngine(guards),
      orm: this.#orm,
      log: createLogger('silent'),
      random: Math.random,
      newId: uuidv7,
      timers: LONG_TIMERS,
      policy: PLAIN_POLICY,
      onLogged: () => undefined,
      onProgress: () => undefined,
      limits: LIMITS,
    });
  }

  /** Registers a file and takes it through `events`. */
  async newFile(more: Partial<RegisterCommand> = {}, ...events: LifecycleEvent[]): Promise<string> {
    const lifecycle = this.replica();
    const command = registrationOf(more);
    const registered = await lifecycle.executeOne(command);
    if (registered.outcome !== 'registered') throw new Error(`not registered: ${JSON.stringify(registered)}`);
    for (const event of events) {
      const answer = await send(lifecycle, command.fileId, event);
      if (answer.outcome !== 'transitioned') throw new Error(`${event}: ${JSON.stringify(answer)}`);
    }
    return command.fileId;
  }

  /** Connects as another client. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.settings.url, application_name: 'other-client' });
    client.on('error', () => undefined);
    this.#clients.push(client);
    await client.connect();
    return client;
  }

  /** Runs one statement on a connection of its own. */
  async query<Result extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Result[]> {
    const observer = await (this.#observer ??= this.connect());
    return (await observer.query<Result>(sql, values)).rows;
  }

  async readFile(fileId: string): Promise<FileRow> {
    const [row] = await this.readFiles([fileId]);
    if (row === undefined) throw new Error(`there is no file ${fileId}`);
    return row;
  }

  readFiles(fileIds: readonly string[]): Promise<FileRow[]> {
    return this.query<FileRow>(READ_FILES, [fileIds]);
  }

  readChanges(fileIds: readonly string[]): Promise<ChangeRow[]> {
    return this.query<ChangeRow>(READ_CHANGES, [fileIds]);
  }

  /** Resolves when a connection waits for a lock; throws if the answer comes first. */
  async untilBlocked(answer: Promise<unknown>): Promise<void> {
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    const pids = await until(
      () => (isAnswered ? null : this.query(waiting)),
      (found) => found === null || found.length > 0,
    );
    if (pids === null) throw new Error('it was answered while another client held the row');
  }
}

export async function send(
  lifecycle: Lifecycle,
  fileId: string,
  event: LifecycleEvent,
  failure?: Failure,
): Promise<Answer> {
  return await lifecycle.executeOne(transitionOf(fileId, event, failure));
}

/** The code of an answer, or its outcome if it has none. */
export const outcomeOf = (answer: Answer): string => ('code' in answer ? answer.code : answer.outcome);
