// Uploads one file that is registered: sends its bytes from the server's offset, and confirms that it is complete.
import type { FileLookup } from '../api/file-lookup.ts';
import { type FileFacts, type TransitionRequest, readFile, transitionFiles } from '../api/files.ts';
import { eachWhenAllowed } from '../api/rate-limits.ts';
import { type OnRetry, pause } from '../api/pause.ts';
import { jitter } from '../api/retry.ts';
import type { Server } from '../api/server.ts';
import { Refused, describeBriefly } from '../errors.ts';
import type { FileOptions } from './describe-file.ts';
import type { Report } from './events.ts';
import type { PreparedFile } from './prepare.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { readWhole } from './read-whole.ts';
import { SMALL_BYTES, sendSmall } from './send-small.ts';
import { Source, SourceChanged } from './source.ts';
import { UploadRefused } from './upload-refused.ts';

export interface UploadSettings extends FileOptions {
  readonly chunkSize: number;
}

export interface UploadTask {
  readonly server: Server;
  readonly lookup: FileLookup;
  readonly limiter: RateLimiter | null;
  readonly settings: UploadSettings;
  readonly prepared: PreparedFile;
  readonly report: Report;
}

const wantsBytes = ({ state }: FileFacts): boolean => state === 'UNTRACKED' || state === 'UPLOADING';

// The last response is sent after completion; only after a crash in between does the server's sweep complete the file.
const COMPLETION_MS = 60_000;

// The server answers a request that brings all bytes only once it has checked them and committed COMPLETE_UPLOAD.
const COMPLETED = { state: 'PROCESSING' } as const;

// All bytes are there: trying again would only wait for a worker once more, until all attempts are used up.
const PROCESSING_TIMEOUT = 'PROCESSING_TIMEOUT';

const DELETED = 'The file was deleted while it was being uploaded.';

export class FileUpload {
  readonly #task: UploadTask;
  readonly #signal: AbortSignal;
  readonly #onRetry: OnRetry;
  readonly #startedAt = performance.now();

  constructor(task: UploadTask, signal: AbortSignal) {
    this.#task = task;
    this.#signal = signal;
    const { report, prepared } = task;
    this.#onRetry = (error, retryMs) =>
      report({ kind: 'delayed', job: prepared.job, reason: describeBriefly(error), retryMs });
  }

  /** Sends what the server does not have. Returns the file if nothing is left to confirm. @throws CliError */
  async send(): Promise<FileFacts | null> {
    const { report, prepared } = this.#task;
    const { job, file: found, isNew } = prepared;
    if (isNew) report({ kind: 'registered', job, file: found });
    const file = found.state === 'FAILED' ? await this.#retry(found) : found;
    if (!wantsBytes(file)) {
      report(isNew ? { kind: 'uploaded', job, file, seconds: 0 } : { kind: 'found', job, file });
      return file;
    }
    if (!isNew) report({ kind: 'resumed', job, file, bytes: file.bytesReceived });
    return await this.#sendFrom(file);
  }

  /** Sends RETRY for a retryable failure. @throws Refused for any other */
  async #retry(file: FileFacts): Promise<FileFacts> {
    const { id, failure, allowedEvents, version } = file;
    const isWorthIt = failure?.retryable === true && failure.code !== PROCESSING_TIMEOUT;
    if (!isWorthIt || !allowedEvents.includes('RETRY')) throw toRefusal(file);
    const requests = [{ id, event: 'RETRY' as const, expectedVersion: version }];
    const send = (some: readonly TransitionRequest[]): ReturnType<typeof transitionFiles> =>
      transitionFiles(this.#task.server, some, this.#signal, this.#onRetry);
    const [answer] = await eachWhenAllowed(requests, send, this.#onRetry, this.#signal);
    if (answer !== undefined && !(answer instanceof Refused)) return answer.file;
    // Another client sent RETRY first, or an earlier attempt of this request succeeded.
    const now = await this.#read(id);
    if (now.state === 'FAILED') throw answer ?? toRefusal(now);
    return now;
  }

  async #sendFrom(file: FileFacts): Promise<FileFacts | null> {
    const { identity } = this.#task.prepared;
    let source: Source | undefined;
    try {
      if (await this.#sendAtOnce(file)) return this.#complete({ ...file, ...COMPLETED, bytesReceived: identity.size });
      source = await Source.open(identity.path, identity);
      await this.#sendResumably(file, source);
      return null;
    } catch (error) {
      if (error instanceof SourceChanged) await this.#giveUp(file);
      throw error instanceof UploadRefused ? await this.#explain(file.id, error) : error;
    } finally {
      await source?.close();
    }
  }

  async #sendAtOnce(file: FileFacts): Promise<boolean> {
    const { server, limiter, prepared, report } = this.#task;
    const { job, identity } = prepared;
    const { uploadUrl, bytesReceived } = file;
    // At a limited rate even a small file can take long, and should show its progress.
    const most = Math.min(SMALL_BYTES, limiter?.blockBytes ?? SMALL_BYTES);
    if (uploadUrl === null || bytesReceived > 0 || identity.size > most) return false;
    report({ kind: 'progressed', job, file, bytes: 0 });
    const bytes = readWhole(identity);
    await limiter?.take(bytes.length);
    const isSent = await sendSmall(server, uploadUrl, bytes, this.#signal);
    if (isSent) report({ kind: 'progressed', job, file, bytes: bytes.length });
    return isSent;
  }

  async #sendResumably(file: FileFacts, source: Source): Promise<void> {
    const { server, limiter, settings, prepared, report } = this.#task;
    if (file.uploadUrl === null) throw new Refused('NO_UPLOAD_URL', 'The server gave no upload URL.');
    const options = {
      server,
      uploadUrl: file.uploadUrl,
      source,
      limiter,
      chunkSize: settings.chunkSize,
      onProgress: (bytes: number) => report({ kind: 'progressed', job: prepared.job, file, bytes }),
      onRetry: this.#onRetry,
    };
    // Loaded when it is needed: tus-js-client takes 80 ms to load.
    const { sendBytes } = await import('./send-bytes.ts');
    await sendBytes(options, this.#signal);
  }

  /** The file's failure says more than the HTTP status. */
  async #explain(id: string, refusal: UploadRefused): Promise<Error> {
    const file = await readFile(this.#task.server, id, this.#signal).catch(() => undefined);
    if (file === null) return new Refused('FILE_NOT_FOUND', DELETED);
    return file?.state === 'FAILED' ? toRefusal(file) : refusal;
  }

  /** Records in the file's history why its bytes are useless. If this fails, the server's stall deadline ends the upload. */
  async #giveUp({ id }: FileFacts): Promise<void> {
    const failure = {
      code: 'SOURCE_CHANGED',
      message: 'The file changed while it was being uploaded.',
      retryable: false,
    };
    const requests = [{ id, event: 'FAIL_UPLOAD' as const, failure }];
    await transitionFiles(this.#task.server, requests, this.#signal).catch(() => undefined);
  }

  /** Waits for the server's digest check: that it has all bytes does not mean they are right. */
  async confirm(): Promise<FileFacts> {
    const { prepared } = this.#task;
    const deadline = performance.now() + COMPLETION_MS;
    for (;;) {
      const file = await this.#read(prepared.file.id);
      // With a retry to come it has all bytes, and they are right.
      if (file.state === 'FAILED' && file.retryAt === null) throw toRefusal(file);
      if (!wantsBytes(file)) return this.#complete(file);
      if (performance.now() > deadline) {
        throw new Refused('NOT_COMPLETED', `The server has all bytes, but the file is still ${file.state}.`);
      }
      await pause(jitter(500), this.#signal);
    }
  }

  #complete(file: FileFacts): FileFacts {
    const { prepared, report } = this.#task;
    report({ kind: 'uploaded', job: prepared.job, file, seconds: (performance.now() - this.#startedAt) / 1_000 });
    return file;
  }

  async #read(id: string): Promise<FileFacts> {
    const file = await this.#task.lookup.read(id);
    if (file === null) throw new Refused('FILE_NOT_FOUND', DELETED);
    return file;
  }
}

function toRefusal({ id, failure, attempts, maxAttempts }: FileFacts): Refused {
  const { code = 'FAILED', message = 'The file failed.', retryable = false } = failure ?? {};
  return new Refused(code, `${message} ${adviseOn(id, code, retryable, attempts >= maxAttempts)}`, id);
}

function adviseOn(id: string, code: string, retryable: boolean, isSpent: boolean): string {
  if (!retryable || isSpent)
    return `${retryable ? 'All attempts are used up. ' : ''}Run \`waybill rm ${id}\` to upload it anew.`;
  if (code !== PROCESSING_TIMEOUT) return 'Run the same command to retry.';
  return `All its bytes are there. Run \`waybill retry ${id}\` when something processes files on this server.`;
}
