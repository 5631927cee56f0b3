// The server's process: spawning it, reading its log, and ending it. launch.ts checks whether it answers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import { childOptions } from './run.ts';
import type { ServerUser } from './server-user.ts';

const TAIL_LINES = 20;

export interface PostmasterCommand {
  binary: string;
  cluster: string;
  user: ServerUser | undefined;
  settings: Record<string, string>;
}

export interface PostmasterExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It ended because of `stop()`. */
  expected: boolean;
}

export interface Postmaster {
  pid: number;
  exited: Promise<PostmasterExit>;
  /** The last lines of its log; complete once it and its children are gone. */
  tail: readonly string[];
  /** Resolves when no process can write to its log any more. */
  silent: Promise<unknown>;
  stop(graceMs: number): Promise<void>;
}

export async function spawnPostmaster(command: PostmasterCommand, log: Logger): Promise<Postmaster> {
  const settings = Object.entries(command.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // `stopLeftover` recognises the process by these words.
  const child = spawn(command.binary, ['-D', command.cluster, ...settings], {
    ...childOptions(command.user),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let expected = false;
  const exited = new Promise<PostmasterExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, expected }));
  });
  const silent = new Promise((resolve) => child.once('close', resolve));
  const tail: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log[/^(WARNING|FATAL|PANIC):/.test(line) ? 'warn' : 'debug']({ postgres: line }, 'postgres');
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  });
  await once(child, 'spawn');

  const stop = async (graceMs: number) => {
    expected = true;
    child.kill('SIGINT');
    const inTime = await Promise.race([exited, delay(graceMs, undefined, { ref: false })]);
    if (inTime !== undefined) return;
    log.warn({ graceMs }, 'PostgreSQL does not stop in time and is ended at once; it recovers at the next start');
    child.kill('SIGQUIT');
    // Bounded by PostgreSQL, which kills its children after 5 s.
    await exited;
  };
  return { pid: child.pid as number, exited, tail, silent, stop };
}
