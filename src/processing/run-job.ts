// One job: finds a child for each processor, gives it the bytes, and collects what it finds.
import type { Failure } from '../fsm/types.ts';
import type { Logger } from '../log.ts';
import { Collected } from './findings.ts';
import type { ProcessingLimits } from './limits.ts';
import type { ConfiguredProcessor } from './profiles.ts';
import { ProgressOverAll } from './progress.ts';
import type { Job, Outcome, ProcessorRun } from './run-file.ts';
import { CANCELED } from '../fsm/failures.ts';
import { oneLine } from './sandbox/failures.ts';
import type { Profile } from './sandbox/isolation.ts';
import type { ChildPool, PooledChild } from './sandbox/pool.ts';
import { type Reply, runInChild } from './sandbox/run-in-child.ts';
import { bytesFailure } from './spool.ts';

export interface RunContext {
  readonly processors: readonly ConfiguredProcessor[];
  readonly limits: ProcessingLimits;
  readonly pool: ChildPool;
  readonly log: Logger;
  readonly onRun: (run: ProcessorRun) => void;
}

/** The processor that finds out what the bytes are, and the property in which it says so. */
const TYPE_PROCESSOR = 'media-type';
const TYPE_PROPERTY = 'detected';
const LOGGED_STDERR = 1_000;

export async function runJob(job: Job, context: RunContext): Promise<Outcome> {
  const run = new JobRun(job, context);
  let outcome: Outcome;
  try {
    outcome = await run.all();
  } catch (error) {
    context.log.error({ err: error, fileId: job.file.id }, 'a file could not be processed');
    outcome = failed(unavailable());
  }
  await run.release(outcome.outcome === 'completed');
  return outcome;
}

class JobRun {
  readonly #job: Job;
  readonly #context: RunContext;
  readonly #collected: Collected;
  readonly #progress: ProgressOverAll;
  /** One for each profile, kept until the job ends. All but the one that failed are sound. */
  readonly #children = new Map<Profile, PooledChild>();
  #contentType: string;
  #broken: PooledChild | null = null;

  constructor(job: Job, context: RunContext) {
    this.#job = job;
    this.#context = context;
    this.#collected = new Collected(context.limits);
    this.#progress = new ProgressOverAll(context.processors.length, job.onProgress);
    this.#contentType = job.file.contentType;
  }

  async all(): Promise<Outcome> {
    const { processors } = this.#context;
    for (let next = 0; next < processors.length;) {
      if (this.#job.signal.aborted) return failed(CANCELED);
      const pooled = await this.#childFor(processors[next]!.profile);
      if ('code' in pooled) return failed(pooled);
      const after = await this.#runNext(pooled, next);
      if (typeof after !== 'number') return failed(after);
      next = after;
    }
    return { outcome: 'completed', properties: this.#collected.properties, text: this.#collected.text };
  }

  /** Gives the children back. */
  async release(isCompleted: boolean): Promise<void> {
    const { pool } = this.#context;
    const isSound = (pooled: PooledChild): boolean => isCompleted || pooled !== this.#broken;
    await Promise.all([...this.#children.values()].map((pooled) => pool.release(pooled, isSound(pooled))));
  }

  /** Runs the first processor from `next` on that accepts the file. Returns the place after it, or a failure. */
  async #runNext(pooled: PooledChild, next: number): Promise<number | Failure> {
    const { processors, onRun } = this.#context;
    const end = endOfProfile(processors, next);
    const begun = performance.now();
    this.#broken = pooled;
    const reply = await this.#ask(pooled, next, end);
    if (reply.type === 'none') return this.#passed(end);
    if (reply.type === 'gone') return await this.#replace(pooled, next);
    const processor = processors[next + reply.processor - processors[next]!.index]!;
    const failure = reply.type === 'failed' ? reply.failure : this.#keep(processor, reply);
    onRun({ processor: processor.name, ms: performance.now() - begun, code: failure?.code ?? null });
    if (failure !== null && failure.code !== CANCELED.code) this.#logFailure(processor, failure, pooled);
    return failure ?? this.#passed(processors.indexOf(processor) + 1);
  }

  /** Returns the same place: the next child for it is another one. */
  async #replace(pooled: PooledChild, next: number): Promise<number> {
    this.#children.delete(pooled.profile);
    await this.#context.pool.release(pooled, false);
    return this.#passed(next);
  }

  /** With what it printed, for whoever wrote the processor. */
  #logFailure({ name }: ConfiguredProcessor, failure: Failure, { child }: PooledChild): void {
    const stderr = oneLine(child.stderr.slice(-LOGGED_STDERR), LOGGED_STDERR);
    const about = { fileId: this.#job.file.id, processor: name, ...failure, ...(stderr !== '' && { stderr }) };
    this.#context.log.info(about, 'a processor failed');
  }

  #passed(end: number): number {
    this.#broken = null;
    this.#progress.at(end, 0, '');
    return end;
  }

  #ask(pooled: PooledChild, next: number, end: number): Promise<Reply> {
    const { processors, limits } = this.#context;
    const { file, signal } = this.#job;
    const from = processors[next]!.index;
    const placeOf = (index: number): number => next + index - from;
    let place = next;
    const { propertiesBytes, textBytes } = limits;
    const range = { from, to: from + end - next };
    const known = { file, contentType: this.#contentType, found: this.#collected.properties };
    const request = { ...range, ...known, path: pooled.file.path, propertiesBytes, textBytes };
    return runInChild(pooled.child, request, {
      limits,
      signal,
      nameOf: (index) => processors[placeOf(index)]!.name,
      onBegun: (index) => this.#progress.at((place = placeOf(index)), 0, processors[place]!.name),
      onProgress: (fraction, message) => this.#progress.at(place, fraction, message),
      onMemory: (bytes) => (pooled.memoryBytes = bytes),
    });
  }

  #keep(
    { name, version }: ConfiguredProcessor,
    { properties, text }: Extract<Reply, { type: 'done' }>,
  ): Failure | null {
    const failure = this.#collected.add({ name, version, properties, text });
    const type = this.#collected.properties[name]?.[TYPE_PROPERTY];
    if (name === TYPE_PROCESSOR && typeof type === 'string') this.#contentType = type;
    return failure;
  }

  /** The bytes are there when it returns. */
  async #childFor(profile: Profile): Promise<PooledChild | Failure> {
    const known = this.#children.get(profile);
    if (known !== undefined) return known;
    const pooled = await this.#acquire(profile);
    if (pooled === null) return this.#job.signal.aborted ? CANCELED : unavailable();
    const [first] = this.#children.values();
    this.#children.set(profile, pooled);
    if (first === undefined) return (await this.#fetchBytes(pooled)) ?? pooled;
    await first.file.shareWith(pooled.file);
    return pooled;
  }

  async #fetchBytes(pooled: PooledChild): Promise<Failure | null> {
    const { open, signal, file } = this.#job;
    try {
      await pooled.file.write({ open, signal, size: file.size });
      return null;
    } catch (error) {
      if (signal.aborted) return CANCELED;
      this.#context.log.warn(
        { err: error, fileId: file.id },
        'the bytes of a file could not be made ready for processing',
      );
      return bytesFailure(error as NodeJS.ErrnoException);
    }
  }

  async #acquire(profile: Profile): Promise<PooledChild | null> {
    try {
      return await this.#context.pool.acquire(profile);
    } catch (error) {
      if (!this.#job.signal.aborted) this.#context.log.warn({ err: error }, 'a process for processors did not start');
      return null;
    }
  }
}

/** The end of the processors from here on that the same child runs. */
function endOfProfile(processors: readonly ConfiguredProcessor[], start: number): number {
  const end = processors.findIndex(({ profile }, place) => place > start && profile !== processors[start]!.profile);
  return end === -1 ? processors.length : end;
}

function failed(failure: Failure): Outcome {
  return { outcome: 'failed', failure };
}

/** Nothing is wrong with the file: this machine could not do it now. */
function unavailable(): Failure {
  return { code: 'PROCESSOR_CRASHED', message: 'The process for the processors could not be used.', retryable: true };
}
