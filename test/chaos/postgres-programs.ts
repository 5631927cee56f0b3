// Programs of PostgreSQL 15, run as the user of the servers. Not spawnSync: a proxy of this process may be in their way.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverUser } from '../support/postgres-server.ts';

export const BIN = '/usr/lib/postgresql/15/bin';

/** More than any of them takes here: a test that hangs says where. */
const TIMEOUT_MS = 60_000;

/** @throws what it wrote to stderr */
export async function runAsServer(program: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(program, args, { ...serverUser(), cwd: '/', timeout: TIMEOUT_MS });
}

export const runProgram = (name: string, ...args: string[]): Promise<void> => runAsServer(join(BIN, name), ...args);
