// Runs a program on untrusted bytes: without a shell or an environment, under limits of time and output, killed as a group.
import { spawn, type ChildProcess } from 'node:child_process';

export interface ProgramLimits {
  /** Milliseconds. */
  readonly time: number;
  /** Bytes of standard output. */
  readonly output: number;
}

export type ProgramEnd =
  | { readonly kind: 'exited'; readonly code: number | null; readonly output: string }
  | { readonly kind: 'time-limit' }
  | { readonly kind: 'output-limit' };

/**
 * @param signal kills it and throws its reason
 * @throws the system's error if it cannot be started
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  limits: ProgramLimits,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  signal.throwIfAborted();
  // Its errors are not read: they repeat names and texts of the file. Detached, it leads a group of its own.
  const child = spawn(program, args, { cwd: '/', env: {}, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const { promise, resolve, reject } = Promise.withResolvers<ProgramEnd>();
  const end = (result: ProgramEnd) => {
    resolve(result);
    killGroup(child);
  };
  const abort = () => {
    reject(signal.reason);
    killGroup(child);
  };
  const timer = setTimeout(() => end({ kind: 'time-limit' }), limits.time);
  signal.addEventListener('abort', abort);
  collect(child, limits.output, end);
  child.on('error', reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function collect(child: ChildProcess, limit: number, end: (result: ProgramEnd) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > limit) end({ kind: 'output-limit' });
    else chunks.push(chunk);
  });
  // The exit ends it, also when something that it started keeps its output open; what it wrote last is read first.
  child.once('exit', (code) => {
    const done = () => end({ kind: 'exited', code, output: Buffer.concat(chunks).toString('utf8') });
    child.once('close', done);
    setTimeout(done, 1000).unref();
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
  child.stdout?.destroy();
}
