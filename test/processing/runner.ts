// A runner of processors for tests, with jobs for it.
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { pino } from 'pino';
import type { ProcessingLimits } from '../../src/processing/limits.ts';
import { type FileRunner, type FileRunnerOptions, type Job, createFileRunner } from '../../src/processing/run-file.ts';
import { readProcesses } from '../../src/processing/sandbox/processes.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const MIB = 1024 * 1024;
export const FIXTURES = join(import.meta.dirname, 'fixtures');

/** So small that tests are quick, and large enough for a busy machine. */
export const SMALL: Partial<ProcessingLimits> = {
  processorMs: 6_000,
  graceMs: 200,
  heapBytes: 64 * MIB,
  memoryBytes: 256 * MIB,
  memoryCheckMs: 50,
};

export interface TestRunner extends FileRunner {
  readonly dir: TemporaryDir;
  readonly log: Record<string, unknown>[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param names of fixtures, or paths */
export async function openRunner(
  names: readonly string[],
  options: Partial<FileRunnerOptions> = {},
): Promise<TestRunner> {
  const dir = await createTemporaryDir();
  const log: Record<string, unknown>[] = [];
  const logger = pino({}, { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) });
  const processors = names.map((name) => ({
    label: name,
    path: name.includes('/') ? name : join(FIXTURES, `${name}.ts`),
  }));
  try {
    const runner = await createFileRunner({
      processors,
      tempDir: tempDirOf(dir),
      log: logger,
      limits: SMALL,
      ...options,
    });
    const dispose = async (): Promise<void> => {
      await runner.close();
      await dir.remove();
    };
    return { ...runner, dir, log, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dir.remove();
    throw error;
  }
}

export const tempDirOf = (dir: TemporaryDir): string => join(dir.path, 'tmp/processing');

/** A file of plain text, unless `file` says otherwise. */
export function jobOf(content: string | Uint8Array, file: Partial<Job['file']> = {}, rest: Partial<Job> = {}): Job {
  const bytes = Buffer.from(content);
  const known = { id: 'file_1', name: 'a.txt', contentType: 'text/plain', sha256: '', metadata: {} };
  return {
    file: { ...known, size: bytes.length, ...file },
    open: async () => Readable.from(bytes.length === 0 ? [] : [bytes]),
    signal: new AbortController().signal,
    onProgress: () => {},
    ...rest,
  };
}

export function hostileJob(does: string, rest: Partial<Job> = {}): Job {
  return jobOf('x', { contentType: 'application/x-hostile', metadata: { does } }, rest);
}

/** The pids of the children of this process that lead a session of their own: those of runners. */
export async function childPids(): Promise<number[]> {
  const all = await readProcesses();
  return all.filter(({ parent, pid, session }) => parent === process.pid && session === pid).map(({ pid }) => pid);
}
