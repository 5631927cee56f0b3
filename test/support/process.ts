// A running Waybill in its own process, started as users start it: `node src/main.ts`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BY_HAND } from './by-hand.ts';
import type { LogLine } from './instance.ts';

export interface WaybillProcess {
  readonly child: ChildProcess;
  /** From the ready line. */
  readonly url: string;
  readonly log: LogLine[];
  /** Sends the signal and waits for the end; `log` is complete then. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const READ_MS = 2_000;

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** @param wrapper words before the command; they must exec it, so that the pid stays the same */
export function spawnMain(
  args: readonly string[],
  env: Record<string, string>,
  wrapper: readonly string[] = [],
): ChildProcess {
  const { PATH = '' } = process.env;
  const [program = '', ...words] = [...wrapper, process.execPath, MAIN, ...args];
  return spawn(program, words, {
    env: { PATH, PORT: '0', ...BY_HAND, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts it and waits for the ready line; throws with its output if it ends before. */
export async function startProcess(env: Record<string, string>, ...args: string[]): Promise<WaybillProcess> {
  return await watchProcess(spawnMain(args, env));
}

/** Another program that prints the ready line and logs as `main.ts` does. @param path from test/ */
export async function startScript(path: string, env: Record<string, string>): Promise<WaybillProcess> {
  const { PATH = '' } = process.env;
  const script = join(import.meta.dirname, '..', path);
  return await watchProcess(
    spawn(process.execPath, [script], { env: { PATH, PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

/** The same under a command such as `nice`, which runs what follows it. */
export async function startWrapped(wrapper: readonly string[], env: Record<string, string>): Promise<WaybillProcess> {
  return await watchProcess(spawnMain([], env, wrapper));
}

async function watchProcess(child: ChildProcess): Promise<WaybillProcess> {
  const log: LogLine[] = [];
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    const lines = stderr.split('\n');
    stderr = lines.pop() ?? '';
    log.push(...lines.map((line) => JSON.parse(line) as LogLine));
  });
  const url = await new Promise<string>((resolve, reject) => {
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const ready = /^waybill ready (\S+)\n/.exec(stdout);
      if (ready?.[1] !== undefined) resolve(ready[1]);
    });
    child.once('exit', () => reject(new Error(`ended before it was ready: ${stdout} ${JSON.stringify(log)}`)));
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  // Whoever it has left behind may have its output open.
  const read = once(child, 'close');
  return {
    child,
    url,
    log,
    end: async (signal) => {
      child.kill(signal);
      const [code, endedBy] = await exited;
      // What it has said last is read after its end.
      await Promise.race([read, sleep(READ_MS)]);
      return { code, signal: endedBy };
    },
  };
}

/** Runs it to its end: for starts that are refused. */
export async function runToEnd(env: Record<string, string>, ...args: string[]): Promise<Outcome> {
  const child = spawnMain(args, env);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
