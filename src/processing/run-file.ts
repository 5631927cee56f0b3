// Runs the processors on a file, in order, each in a child process that has nothing but the bytes.
import type { Readable } from 'node:stream';
import type { Failure } from '../fsm/types.ts';
import type { Logger } from '../log.ts';
import { openRunnerDirectory } from './directory.ts';
import { DEFAULT_LIMITS, type ProcessingLimits } from './limits.ts';
import { prepare } from './prepare.ts';
import type { ProcessorSpec } from './processor-list.ts';
import type { ProcessedFile } from './processor.ts';
import { type Environment, refuseExposedFiles } from './profiles.ts';
import type { Progress } from './progress.ts';
import { type RunContext, runJob } from './run-job.ts';
import { CANCELED } from '../fsm/failures.ts';
import { type Isolation, type RequiredIsolation, isolationsFrom } from './sandbox/isolation.ts';
import { ChildPool } from './sandbox/pool.ts';

export interface Job {
  readonly file: ProcessedFile;
  /** Opens the bytes from byte 0. Called for each reader: a scanner for malware, then the processors, if any wants bytes. */
  readonly open: () => Promise<Readable>;
  /** Aborted when it is cancelled, its lease is lost, or this process stops. */
  readonly signal: AbortSignal;
  /** Over all processors; the fraction never goes back. */
  readonly onProgress: (progress: Progress) => void;
}

export type Outcome =
  | {
      readonly outcome: 'completed';
      /** By processor; each has the processor's `version`. */
      readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      /** Null when no processor found any. */
      readonly text: string | null;
    }
  | {
      readonly outcome: 'failed';
      readonly failure: Failure;
      /** The service lacks something, not the file. Never said of what a processor reports. */
      readonly isOutage?: boolean;
    };

/** One run of one processor, for metrics. */
export interface ProcessorRun {
  readonly processor: string;
  readonly ms: number;
  /** The code of its failure; null if it found something. */
  readonly code: string | null;
}

export interface FileRunner {
  /** In their order. */
  readonly processors: readonly { readonly name: string; readonly version: string }[];
  readonly isolation: Isolation['name'];
  /** Never rejects for what is in a file. Any number may run at once: each takes a child. */
  run(job: Job): Promise<Outcome>;
  /** Ends what is running as cancelled, kills all children, removes all temporary files. Idempotent. */
  close(): Promise<void>;
}

export interface FileRunnerOptions {
  readonly processors: readonly ProcessorSpec[];
  /** For temporary files: `tmp/processing` of the data directory. Created if missing; leftovers of a crash are removed. */
  readonly tempDir: string;
  readonly log: Logger;
  readonly limits?: Partial<ProcessingLimits>;
  /** Where the variables come from that processors ask for. */
  readonly environment?: Environment;
  readonly onRun?: (run: ProcessorRun) => void;
  /** `best` unless given: a weaker isolation than this one is not taken. */
  readonly required?: RequiredIsolation;
  /** For tests: what to try instead of what this system may have. */
  readonly isolations?: readonly Isolation[];
}

/** @throws StartupError when a processor is wrong, or no child can be started */
export async function createFileRunner(options: FileRunnerOptions): Promise<FileRunner> {
  const { processors: specs, log, environment = {}, onRun = () => {} } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const directory = await openRunnerDirectory(options.tempDir);
  try {
    refuseExposedFiles(specs, directory.path);
    const candidates = isolationsFrom(options.required ?? 'best', options.isolations);
    const preparation = { specs, limits, directory: directory.path, log, environment, candidates };
    const { isolation, processors } = await prepare(preparation);
    const pool = new ChildPool({ isolation, limits, directory: directory.path, log });
    return createRunner({ processors, limits, pool, log, onRun }, isolation, () => directory.remove());
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

function createRunner(
  context: RunContext,
  { name: isolation }: Isolation,
  removeDirectory: () => Promise<void>,
): FileRunner {
  const stopping = new AbortController();
  const running = new Set<Promise<Outcome>>();
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    stopping.abort();
    await context.pool.close();
    await Promise.allSettled(running);
    await removeDirectory();
  }

  return {
    processors: context.processors.map(({ name, version }) => ({ name, version })),
    isolation,
    run: async (job) => {
      if (stopping.signal.aborted) return { outcome: 'failed', failure: CANCELED };
      const run = runJob({ ...job, signal: AbortSignal.any([job.signal, stopping.signal]) }, context);
      running.add(run);
      try {
        return await run;
      } finally {
        running.delete(run);
      }
    },
    close: () => (closed ??= close()),
  };
}
