// Starts the program in a process of its own, as a user would, with a data directory that is removed afterwards.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveDataDir } from '../../src/db/embedded/data-dir.ts';
import { stopLeftover } from '../../src/db/embedded/stop-leftover.ts';
import { createLogger } from '../../src/log.ts';

/** The media type of files that this program ends the processing of. */
export const BY_HAND = 'application/x-demo';

export interface DemoInstance {
  readonly url: string;
  /** Rejects if the program ends by itself. */
  readonly broken: Promise<never>;
  /** Ends the program and removes its data. */
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dirname, '../../src/main.ts');
// The program's own limit is 9 s.
const STOP_MS = 12_000;

/** Leaves out the settings of the user's own instance. */
function environmentFor(dataDir: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:WAYBILL_.*|DATABASE_URL|HOST)$/.test(name));
  // One kind of file is left to the demo, which plays the worker that fails; the service processes all others by itself.
  const processing = { WAYBILL_PROCESSING: `${BY_HAND}=external,*=builtin`, WAYBILL_AUTO_RETRY: 'off' };
  const own = { PORT: '0', LOG_LEVEL: 'warn', WAYBILL_DATA_DIR: dataDir };
  return { ...Object.fromEntries(kept), ...processing, ...own, ...more };
}

async function readUrl(child: ChildProcess): Promise<string> {
  let output = '';
  let errorOutput = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errorOutput = (errorOutput + text).slice(-4_000)));
  return await new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /^waybill ready (\S+)\n/m.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`the instance did not start: ${errorOutput.trim()}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const last = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(last);
}

async function breakOf(child: ChildProcess): Promise<never> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  throw new Error(`the instance ended by itself (${signal ?? `code ${code}`})`);
}

/** @param env settings besides those of a demo */
export async function startDemoInstance(
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<DemoInstance> {
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-demo-'));
  // As root, the database runs as another user, who needs access.
  await chmod(dataDir, 0o711);
  // In its own process group: Ctrl-C reaches the demo only, which then stops the instance.
  const child = spawn(process.execPath, [MAIN], {
    env: environmentFor(dataDir, env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const broken = breakOf(child);
  broken.catch(() => undefined);
  const stop = async (): Promise<void> => {
    await end(child);
    // If the program was killed, its database is still running.
    await stopLeftover((await resolveDataDir(dataDir)).cluster, createLogger('silent'));
    await rm(dataDir, { recursive: true, force: true });
  };
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  try {
    signal.throwIfAborted();
    return { url: await Promise.race([readUrl(child), aborted]), broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
