// Embedded servers under test: their directories and processes, and checks that nothing is left of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import pg from 'pg';
import { readCommand } from '../../src/db/embedded/processes.ts';
import { type EmbeddedServer, startEmbedded } from '../../src/db/embedded/start.ts';
import { createLogger } from '../../src/log.ts';

type Answer = { url: string; pid: number } | { refused: string; message: string };

const cleanups: (() => unknown)[] = [];

/** For `afterEach`: the last thing opened is closed first. */
export async function cleanUp(): Promise<void> {
  for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) await next();
}

export function onCleanUp(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** A directory the server's unprivileged user can pass, by its real name. */
export async function makeDir(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'waybill-embedded-')));
  await chmod(dir, 0o711);
  onCleanUp(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function start(dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, log: createLogger('silent'), settings });
  onCleanUp(() => server.stop());
  return server;
}

/** A process of its own that starts a server there; its answer is the line it prints. */
export async function startChild(dataDir: string): Promise<{ child: ChildProcess; answer: Answer }> {
  const script = join(import.meta.dirname, 'embedded-child.ts');
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onCleanUp(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const answer = JSON.parse(line) as Answer;
  if ('pid' in answer) onCleanUp(() => quit(answer.pid));
  return { child, answer };
}

/** Ends a server that a test left running. */
async function quit(pid: number): Promise<void> {
  if (await isPostgres(pid)) process.kill(pid, 'SIGQUIT');
}

export async function isPostgres(pid: number): Promise<boolean> {
  return (await readCommand(pid))?.includes('/postgres -D ') ?? false;
}

export async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
