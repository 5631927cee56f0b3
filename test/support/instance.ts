// A running Waybill for a test: in this process, with its own database, on real sockets.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import type { Program, Role } from '../../src/program.ts';
import type { ByteStore } from '../../src/uploads/store/byte-store.ts';
import type { FileRunner } from '../../src/processing/run-file.ts';
import { BY_HAND } from './by-hand.ts';
import { type TestDatabase, createDatabase } from './database.ts';
import { startProgram } from './native.ts';

export interface LogLine extends Record<string, unknown> {
  readonly msg: string;
}

export interface Instance {
  readonly url: string;
  readonly program: Program;
  readonly database: TestDatabase;
  /** What it has logged so far. */
  readonly log: LogLine[];
  /** Stops the program; drops the database if it was made for this instance. */
  stop(): Promise<void>;
}

export interface InstanceOptions {
  readonly role?: Role;
  /** Share one with another instance. */
  readonly database?: TestDatabase;
  readonly env?: Record<string, string>;
  /** Where it stores bytes. */
  readonly store?: ByteStore;
  /** What processes files; left out: the children of the real one. */
  readonly runner?: Pick<FileRunner, 'run' | 'close'>;
}

export async function startInstance({
  role = 'serve',
  database,
  env = {},
  store,
  runner,
}: InstanceOptions = {}): Promise<Instance> {
  const own = database ?? (await createDatabase());
  const log: LogLine[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log.push(JSON.parse(chunk.toString()) as LogLine);
      done();
    },
  });
  // The whole suite can be run with row-level security (CONTRIBUTING.md).
  const { TEST_DATABASE_ROLE: actingRole } = process.env;
  const acting = actingRole === undefined ? {} : { WAYBILL_DATABASE_ROLE: actingRole };
  const config = readConfig({
    ...BY_HAND,
    ...acting,
    PORT: '0',
    DATABASE_URL: own.url,
    WAYBILL_DATA_DIR: own.dataDir,
    ...env,
  });
  const program = await startProgram(config, role, pino({ base: null }, sink), { store, runner });
  return {
    url: program.url,
    program,
    database: own,
    log,
    stop: async () => {
      await program.stop();
      if (database === undefined) await own.drop();
    },
  };
}
