// Builds the worker that processes files in this process.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Base } from './build-base.ts';
import type { Role } from './program.ts';
import { createNewId } from './ids.ts';
import { hasBuiltinFiles } from './lifecycle/processing-policy.ts';
import { parseClamdAddress } from './processing/malware/clamd-address.ts';
import { findProgram } from './processing/media/find-program.ts';
import { readProcessorList } from './processing/processor-list.ts';
import { builtInOptions } from './processing/processors/built-in.ts';
import { type FileRunner, createFileRunner } from './processing/run-file.ts';
import { Worker } from './processing/worker.ts';
import { inspectWithClamd } from './processing/worker/inspect.ts';
import type { Services } from './schema/context.ts';
import { ContentReader } from './uploads/content.ts';

const now = (): number => performance.now();
const newId = createNewId();

/** Whether files are processed in this process. */
export const hasWorker = (role: Role, { config }: Base): boolean =>
  role === 'worker' || (role === 'serve' && hasBuiltinFiles(config.processing));

/** @throws StartupError when a processor is wrong, or no child process can be started for them */
export async function openRunner({ config, log, metrics }: Base): Promise<FileRunner> {
  const { refuseMismatch, refuseBombs, imageGps: gps, environment } = config;
  const ffprobe = findProgram('ffprobe', environment['PATH'] ?? '');
  const builtIn = builtInOptions({ refuseMismatch, refuseBombs, gps, ffprobe });
  const list = config.processors ?? Object.keys(builtIn).join();
  const runner = await createFileRunner({
    processors: readProcessorList(list, builtIn, process.cwd()),
    tempDir: join(config.dataDir, 'tmp', 'processing'),
    log,
    environment,
    required: config.processorIsolation,
    onRun: ({ processor, ms, code }) => metrics.processing.countRun(processor, ms, code),
  });
  const { isolation, processors } = runner;
  log.info({ isolation, processors: processors.map(({ name, version }) => `${name} ${version}`) }, 'processors loaded');
  return runner;
}

interface WorkerParts extends Pick<Services, 'lifecycle' | 'reader' | 'claims' | 'stageText'> {
  readonly runner: Pick<FileRunner, 'run'>;
}

export function startWorker(
  { config, log, pools, store, metrics }: Base,
  { lifecycle, reader, claims, runner, stageText }: WorkerParts,
): Worker {
  // Random: a container has the same host name and pid each time it starts.
  const name = `builtin-${randomUUID().slice(0, 8)}`;
  const concurrency = config.workerConcurrency;
  log.info({ worker: name, concurrency }, 'processing files');
  const clamd = config.clamd === null ? null : parseClamdAddress(config.clamd);
  return new Worker({
    name,
    concurrency,
    lifecycle,
    reader,
    claims,
    runner,
    inspect: clamd === null ? undefined : inspectWithClamd(clamd),
    onText: async ({ tenant, file, leaseToken }, text) =>
      void (await stageText?.({ tenant, fileId: file.id, token: leaseToken, text })),
    content: new ContentReader(pools.reads, store),
    newId,
    now,
    log,
    onEnded: (code, durationMs) => metrics.processing.countEnd(code, durationMs),
    onLost: () => metrics.processing.countLost(),
  });
}
