// The upload of one file, from its registration to its end, through whatever interrupts it: before each attempt the server
// is asked what it has.
import type { Waybill } from '../client.ts';
import { WaybillError, isTransient } from '../errors.ts';
import { DELETE_FILE, TRANSITION_FILE } from '../generated/documents.ts';
import type { ListedFileFragment as WaybillFile } from '../generated/operations.ts';
import { backoff, pause, pauseUntilWoken, reasonOf } from '../wait.ts';
import { runAlone } from './alone.ts';
import { digestOf } from './digest.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Memory } from './memory.ts';
import type { UploadOptions } from './options.ts';
import { type UploadFile, findOrRegister, readUpload } from './register.ts';
import { sendBytes } from './send-bytes.ts';
import type { UploadSnapshot } from './snapshot.ts';
import { untilProcessed, watchProgress } from './watch.ts';
import { failureOf, isStored, isWorthAnotherAttempt, isWorthRetry, wantsBytes } from './verdicts.ts';

export type TransferState = Pick<
  UploadSnapshot,
  'status' | 'bytesHashed' | 'bytesSent' | 'bytesReceived' | 'isRecognised' | 'file'
> & {
  /** undefined: what went wrong is over. */
  readonly error: WaybillError | undefined;
};

export interface TransferOptions {
  readonly waybill: Waybill;
  readonly memory: Memory;
  readonly local: Blob;
  readonly options: UploadOptions;
  readonly chunkSize: number | undefined;
  readonly report: (change: Partial<TransferState>) => void;
}

/** After a crash at the wrong moment the server completes a file a little later. */
const COMPLETION_ROUNDS = 120;
const COMPLETION_PAUSE_MS = 500;

export class Transfer {
  readonly #task: TransferOptions;
  #fingerprint: string | null | undefined;
  #id: string | undefined;

  constructor(task: TransferOptions) {
    this.#task = task;
  }

  /** May be called again after it has ended, and goes on where it was. @throws WaybillError, or the signal's reason */
  async run(signal: AbortSignal): Promise<WaybillFile> {
    const { waybill, local, options, report } = this.#task;
    report({ status: 'preparing', error: undefined });
    this.#fingerprint ??= await fingerprintOf(waybill.url, local, options).catch(throwUnreadable);
    return await runAlone(this.#fingerprint, signal, async () => {
      const found = await this.#patiently(() => this.#find(signal), signal);
      const stored = await this.#send(await this.#begin(found, signal), signal);
      if (options.until !== 'processed') return toShown(stored);
      report({ status: 'processing' });
      return toShown(await untilProcessed(waybill, stored, (file) => this.#show(file), signal));
    });
  }

  /** Forgets the file, and deletes what the server has of it unless it is complete. @throws WaybillError */
  async discard(): Promise<void> {
    const { waybill, memory } = this.#task;
    const id = this.#id;
    const file = id === undefined ? null : await readUpload(waybill, id, waybill.closed);
    if (file !== null && isStored(file)) return;
    if (this.#fingerprint != null) await memory.forget(this.#fingerprint);
    // With the last byte it becomes another version, and stays.
    if (file !== null) await waybill.mutate(DELETE_FILE, { input: { id: file.id, expectedVersion: file.version } });
  }

  async #find(signal: AbortSignal): Promise<UploadFile> {
    const { report, local, options } = this.#task;
    const own = this.#id === undefined ? null : await readUpload(this.#task.waybill, this.#id, signal);
    if (own !== null) return own;
    const hash = (): Promise<string> =>
      digestOf(local, (bytesHashed) => report({ bytesHashed }), signal).catch(throwUnreadable);
    const digest = async (): Promise<string | undefined> => (options.digest === true ? await hash() : undefined);
    const finding = { ...this.#task, fingerprint: this.#fingerprint ?? null, digest };
    const { file, isRecognised } = await findOrRegister(finding, signal);
    this.#id = file.id;
    report({ isRecognised });
    return file;
  }

  /** What was found FAILED is tried once more, for that is what its user asks for. */
  async #begin(file: UploadFile, signal: AbortSignal): Promise<UploadFile> {
    const isNeeded = !isStored(file) || this.#task.options.until === 'processed';
    return isNeeded && isWorthRetry(file) ? await this.#retry(file, signal) : file;
  }

  /** @returns the file when its bytes are complete */
  async #send(found: UploadFile, signal: AbortSignal): Promise<WaybillFile> {
    const { report } = this.#task;
    let [failures, rounds, best] = [0, 0, found.bytesReceived];
    for (let file = found; ; file = await this.#reread(file.id, signal)) {
      report({ bytesSent: file.bytesReceived });
      this.#show(file);
      if (isStored(file)) return file;
      if (!wantsBytes(file)) {
        if (!isWorthRetry(file) || file.failure?.code === 'DIGEST_MISMATCH') throw failureOf(file);
        await this.#retry(file, signal);
        continue;
      }
      report({ status: 'sending' });
      try {
        await this.#attempt(file, signal);
        report({ error: undefined });
        if ((rounds += 1) > COMPLETION_ROUNDS) throw new WaybillError('NOT_COMPLETED', 'The server has all bytes.');
        if (rounds > 1) await pause(COMPLETION_PAUSE_MS, signal);
      } catch (error) {
        if (signal.aborted) throw reasonOf(signal);
        const received = this.#received;
        failures = received > best ? 1 : failures + 1;
        best = Math.max(best, received);
        if (!(error instanceof WaybillError) || !isWorthAnotherAttempt(error, failures)) throw error;
        await this.#pause(error, failures, signal);
      }
    }
  }

  /** Acknowledged in the last attempt, or before. */
  #received = 0;
  /** As told. */
  #sent = 0;
  #movedAt = 0;

  async #attempt({ id, uploadUrl, bytesReceived }: UploadFile, signal: AbortSignal): Promise<void> {
    const { waybill, local, chunkSize, report } = this.#task;
    this.#sent = this.#received = bytesReceived;
    const received = (bytes: number): void => {
      if (bytes > this.#received) this.#movedAt = performance.now();
      this.#received = Math.max(this.#received, bytes);
      // The server may be faster than what counts the bytes that leave.
      this.#sent = Math.max(this.#sent, this.#received);
      report({ bytesReceived: this.#received, bytesSent: this.#sent });
    };
    const sent = (bytes: number): void => {
      this.#sent = Math.max(bytes, this.#received);
      report({ bytesSent: this.#sent, error: undefined });
    };
    const stop = watchProgress(waybill, id, local.size, received);
    try {
      const sending = {
        file: local,
        uploadUrl: uploadUrl ?? '',
        chunkSize,
        onSent: sent,
        onReceived: received,
        movedAt: () => this.#movedAt,
      };
      await sendBytes(sending, signal);
    } finally {
      stop();
    }
  }

  async #retry({ id, version }: UploadFile, signal: AbortSignal): Promise<UploadFile> {
    const input = { id, event: 'RETRY', expectedVersion: version } as const;
    // Refused: somebody else was faster. What the file is now decides.
    await this.#patiently(() => this.#task.waybill.mutate(TRANSITION_FILE, { input }, { signal }), signal);
    const file = await this.#reread(id, signal);
    if (file.state === 'FAILED') throw failureOf(file);
    return file;
  }

  async #reread(id: string, signal: AbortSignal): Promise<UploadFile> {
    const file = await this.#patiently(() => readUpload(this.#task.waybill, id, signal), signal);
    if (file === null) throw new WaybillError('FILE_NOT_FOUND', 'The file was deleted while it was being uploaded.');
    return file;
  }

  /** For as long as it takes: a page may be without a network for hours. */
  async #patiently<Result>(ask: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await ask();
      } catch (error) {
        if (signal.aborted) throw reasonOf(signal);
        if (!(error instanceof WaybillError) || !isTransient(error)) throw error;
        await this.#pause(error, failures, signal);
      }
    }
  }

  async #pause(error: WaybillError, failures: number, signal: AbortSignal): Promise<void> {
    this.#task.report({ error });
    const leastMs = error.retryAfterMs ?? 0;
    await pauseUntilWoken(backoff(failures, leastMs), leastMs, signal);
    if (signal.aborted) throw reasonOf(signal);
  }

  #show(file: WaybillFile): void {
    this.#task.report({ file: toShown(file), bytesReceived: file.bytesReceived });
  }
}

/** Without the URL: it carries a right, which is nobody else's business. */
function toShown(file: WaybillFile): WaybillFile {
  const { uploadUrl: _right, ...shown } = file as UploadFile;
  return shown;
}

function throwUnreadable(cause: unknown): never {
  if (cause instanceof WaybillError) throw cause;
  throw new WaybillError('SOURCE_CHANGED', 'The file cannot be read on this machine.', { cause });
}
