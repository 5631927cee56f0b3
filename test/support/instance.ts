// A running Waybill for a test: in this process, on a database of its own, on real sockets.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import type { Program, Role } from '../../src/program.ts';
import type { ByteStore } from '../../src/uploads/byte-store.ts';
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
  /** Where its bytes rest. */
  readonly store?: ByteStore;
}

export async function startInstance({
  role = 'serve',
  database,
  env = {},
  store,
}: InstanceOptions = {}): Promise<Instance> {
  const own = database ?? (await createDatabase());
  const log: LogLine[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log.push(JSON.parse(chunk.toString()) as LogLine);
      done();
    },
  });
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-data-'));
  const config = readConfig({ PORT: '0', DATABASE_URL: own.url, WAYBILL_DATA_DIR: dataDir, ...env });
  const program = await startProgram(config, role, pino({ base: null }, sink), store);
  return {
    url: program.url,
    program,
    database: own,
    log,
    stop: async () => {
      await program.stop();
      await rm(dataDir, { recursive: true, force: true });
      if (database === undefined) await own.drop();
    },
  };
}
