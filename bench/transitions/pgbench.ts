// The baseline by pgbench: C code with prepared statements, straight to the server.
import { execFile } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Database } from '../host/database.ts';
import type { Pool } from './cycle.ts';
import { LOCK, MOVE, RECORD } from './statements.ts';

const run = promisify(execFile);

/** `\gset` keeps the columns of the one row as variables. pgbench's backslash commands take one line each. */
const SCRIPT = `\\set n random(:first, :last)
begin;
${LOCK} \\gset
${MOVE} \\gset
${RECORD};
commit;
`;

/** The newest version installed, or null. */
export function findPgbench(): string | null {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const debian = globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return [...onPath, ...debian].map((folder) => join(folder, 'pgbench')).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export async function writeScript(directory: string): Promise<string> {
  const path = join(directory, 'transition.sql');
  await writeFile(path, SCRIPT);
  return path;
}

export interface PgbenchRun {
  readonly binary: string;
  readonly script: string;
  readonly database: Database;
  readonly pool: Pool;
  readonly clients: number;
  readonly seconds: number;
}

// Each backend fills its caches and prepares its plans; Waybill's connections have done that before the clock starts.
const WARM_UP_SECONDS = 1;

/** @returns transactions a second, after the first second */
export async function runPgbench({ binary, script, database, pool, clients, seconds }: PgbenchRun): Promise<number> {
  const files = ['-D', `first=${pool.first}`, '-D', `last=${pool.first + pool.size - 1}`];
  const threads = Math.min(clients, availableParallelism());
  const duration = WARM_UP_SECONDS + Math.max(1, Math.round(seconds));
  const load = ['-c', String(clients), '-j', String(threads), '-T', String(duration), '-P', '1'];
  const { stdout, stderr } = await run(binary, ['-n', '-M', 'prepared', ...load, ...files, '-f', script, database.url]);
  const rates = [...stderr.matchAll(/^progress: [\d.]+ s, ([\d.]+) tps/gm)].map(([, rate]) => Number(rate));
  const failed = /^number of failed transactions: (\d+)/m.exec(stdout)?.[1];
  const counted = rates.slice(WARM_UP_SECONDS, duration);
  if (counted.length === 0 || failed !== '0' || /error|aborted/i.test(stderr)) {
    throw new Error(`pgbench could not do it: ${stderr}${stdout}`);
  }
  return counted.reduce((sum, rate) => sum + rate, 0) / counted.length;
}
