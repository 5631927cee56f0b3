// One run of `waybill upload`: connects the local files, the server and the reporter.
import { type FileLookup, createFileLookup } from '../api/file-lookup.ts';
import type { FileFacts } from '../api/files.ts';
import type { OnRetry } from '../api/pause.ts';
import type { Server } from '../api/server.ts';
import type { Context } from '../context.ts';
import { describeBriefly } from '../errors.ts';
import { findIgnored } from './describe-file.ts';
import type { Report, Reporter, UploadSummary } from './events.ts';
import type { FoundFile } from './find-files.ts';
import type { OnProgress, Outcomes } from './outcomes.ts';
import { type PreparedFile, type Unprepared, prepareFiles } from './prepare.ts';
import { RateLimiter } from './rate-limiter.ts';
import { ResumeStore } from './resume-store.ts';
import { runUploads } from './run-uploads.ts';
import { FileUpload, type UploadSettings } from './upload-file.ts';

const HINT_MS = 3_000;
const NOBODY_PROCESSES =
  'waybill: still waiting: no worker has taken a file yet. If nothing does (a worker, or `waybill complete ID`), files end ' +
  'as PROCESSING_TIMEOUT.';

export interface SessionSettings extends UploadSettings {
  readonly parallel: number;
  readonly wait?: boolean;
  /** Bytes per second of all uploads together. */
  readonly limitRate?: number;
}

/** Loaded when it is needed: WebSockets take 80 ms to load. */
async function beginOutcomes(
  server: Server,
  lookup: FileLookup,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Outcomes> {
  const { Outcomes } = await import('./outcomes.ts');
  return await Outcomes.begin(server, lookup, signal, onProgress);
}

export class UploadSession {
  readonly #settings: SessionSettings;
  readonly #context: Context;
  readonly #reporter: Reporter;
  readonly #store: ResumeStore;
  readonly #lookup: FileLookup;
  readonly #limiter: RateLimiter | null;
  /** Files that were on the server already, for each option that was not applied to them. */
  readonly #ignored = new Map<string, number>();

  /** Files whose outcome is waited for, by id. */
  readonly #awaited = new Map<string, FoundFile>();
  #latest: FoundFile | undefined;
  /** Set at the first file that is waited for, cleared at the first outcome. */
  #hint: NodeJS.Timeout | undefined;

  constructor(settings: SessionSettings, context: Context, reporter: Reporter) {
    this.#settings = settings;
    this.#context = context;
    this.#reporter = reporter;
    this.#store = new ResumeStore(context.stateDir);
    this.#limiter = settings.limitRate === undefined ? null : new RateLimiter(settings.limitRate);
    this.#lookup = createFileLookup(context.server, this.#onRetry, context.signal);
  }

  async run(jobs: readonly FoundFile[]): Promise<UploadSummary> {
    const { server, signal } = this.#context;
    const { parallel, wait } = this.#settings;
    await this.#store.prune(Date.now());
    const outcomes = wait === true ? await beginOutcomes(server, this.#lookup, this.#onProgress, signal) : null;
    try {
      return await runUploads(
        {
          jobs,
          parallel,
          prepare: (batch, report) => this.#prepare(batch, report),
          begin: (prepared, report) => this.#begin(prepared, report),
          waitForOutcome: outcomes === null ? null : (id, job) => this.#waitForOutcome(outcomes, id, job),
          report: this.#reporter.report,
        },
        signal,
      );
    } finally {
      outcomes?.stop();
      clearTimeout(this.#hint);
      this.#noteIgnored();
    }
  }

  async #prepare(jobs: readonly FoundFile[], report: Report): Promise<(PreparedFile | Unprepared)[]> {
    const { server, signal } = this.#context;
    this.#latest = jobs[0];
    const options = {
      server,
      lookup: this.#lookup,
      store: this.#store,
      settings: this.#settings,
      onRetry: this.#onRetry,
      onRead: (job: FoundFile, bytes: number) => report({ kind: 'read', job, bytes }),
    };
    const prepared = await prepareFiles(jobs, options, signal);
    for (const each of prepared) if ('file' in each && !each.isNew) this.#countIgnored(each);
    return prepared;
  }

  /** Requests for many files are reported with one of them. */
  readonly #onRetry: OnRetry = (error, retryMs) => {
    const job = this.#latest;
    if (job !== undefined) this.#reporter.report({ kind: 'delayed', job, reason: describeBriefly(error), retryMs });
  };

  async #waitForOutcome(outcomes: Outcomes, id: string, job: FoundFile): Promise<FileFacts> {
    this.#awaited.set(id, job);
    this.#hint ??= setTimeout(() => this.#reporter.note(NOBODY_PROCESSES), HINT_MS);
    try {
      return await outcomes.waitForOutcome(id);
    } finally {
      this.#awaited.delete(id);
      clearTimeout(this.#hint);
    }
  }

  readonly #onProgress: OnProgress = (id, { phase, fraction, message }) => {
    const job = this.#awaited.get(id);
    if (job === undefined || phase !== 'RUNNING') return;
    clearTimeout(this.#hint);
    this.#reporter.report({ kind: 'processing', job, id, fraction, message });
  };

  #begin(prepared: PreparedFile, report: Report): FileUpload {
    const { server, signal } = this.#context;
    const task = { server, lookup: this.#lookup, limiter: this.#limiter, settings: this.#settings, prepared, report };
    return new FileUpload(task, signal);
  }

  #countIgnored({ file }: PreparedFile): void {
    for (const option of findIgnored(file, this.#settings)) {
      this.#ignored.set(option, (this.#ignored.get(option) ?? 0) + 1);
    }
  }

  #noteIgnored(): void {
    for (const [option, count] of this.#ignored) {
      const files = count === 1 ? '1 file that is' : `${count} files that are`;
      this.#reporter.note(`waybill: ${option} was not applied to ${files} on the server already (see waybill rm)`);
    }
  }
}
