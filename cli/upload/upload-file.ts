// The way of one file: found again or registered, its bytes sent from where they stopped, its completion confirmed. What to
// do next is always asked of the server: what is remembered here is only which file it is.
import { type FileFacts, readFile, transitionFiles } from '../api/files.ts';
import { type OnTrouble, jitter, pause, persist } from '../api/patience.ts';
import type { Server } from '../api/server.ts';
import { Refused, describeBriefly } from '../errors.ts';
import { contentTypeOf } from './content-type.ts';
import type { Tell } from './events.ts';
import type { FoundFile } from './find-files.ts';
import { type Description, type Registered, findOrRegister } from './register.ts';
import type { ResumeStore } from './resume-store.ts';
import { UploadRefused, sendBytes } from './send-bytes.ts';
import { Source, SourceChanged } from './source.ts';

export interface UploadSettings {
  readonly chunkSize: number;
  readonly checksum?: boolean;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Uploading {
  readonly server: Server;
  readonly store: ResumeStore;
  readonly settings: UploadSettings;
  readonly job: FoundFile;
  readonly tell: Tell;
}

/** Returns the file once all its bytes are there. @throws whatever keeps them from it */
export async function uploadFile(uploading: Uploading, signal: AbortSignal): Promise<FileFacts> {
  const source = await Source.open(uploading.job.path);
  try {
    return await new FileUpload(uploading, source, signal).go();
  } finally {
    await source.close();
  }
}

const wantsBytes = ({ state }: FileFacts): boolean => state === 'UNTRACKED' || state === 'UPLOADING';

// The last answer comes after the file was completed; only a crash in between leaves that to the server's sweep.
const COMPLETION_MS = 60_000;

const DELETED = 'It was deleted while it was being uploaded.';

class FileUpload {
  readonly #uploading: Uploading;
  readonly #source: Source;
  readonly #signal: AbortSignal;
  readonly #onTrouble: OnTrouble;

  constructor(uploading: Uploading, source: Source, signal: AbortSignal) {
    this.#uploading = uploading;
    this.#source = source;
    this.#signal = signal;
    const { tell, job } = uploading;
    this.#onTrouble = (error) => tell({ kind: 'delayed', job, reason: describeBriefly(error) });
  }

  async go(): Promise<FileFacts> {
    const { tell, job } = this.#uploading;
    const began = performance.now();
    const { file: found, isNew } = await this.#findOrRegister();
    if (isNew) tell({ kind: 'registered', job, file: found });
    const file = found.state === 'FAILED' ? await this.#retry(found) : found;
    if (!wantsBytes(file)) {
      tell(isNew ? { kind: 'uploaded', job, file, seconds: 0 } : { kind: 'found', job, file });
      return file;
    }
    if (!isNew) tell({ kind: 'resumed', job, file, bytes: file.bytesReceived });
    await this.#send(file);
    const completed = await this.#confirm(file.id);
    tell({ kind: 'uploaded', job, file: completed, seconds: (performance.now() - began) / 1_000 });
    return completed;
  }

  #findOrRegister(): Promise<Registered> {
    const { server, store, job, settings, tell } = this.#uploading;
    const source = this.#source;
    const identity = { serverUrl: server.url, path: job.path, size: source.size, mtimeNs: source.mtimeNs };
    const onRead = (bytes: number): void => tell({ kind: 'read', job, bytes });
    const describeFile = async (): Promise<Description> => ({
      name: job.name,
      contentType: settings.contentType ?? contentTypeOf(job.name),
      size: source.size,
      sha256: settings.checksum === true ? await source.digest(onRead, this.#signal) : null,
      metadata: { modifiedAt: new Date(Number(source.mtimeNs / 1_000_000n)).toISOString(), ...settings.metadata },
    });
    return findOrRegister(
      { server, store, identity, describe: describeFile, onTrouble: this.#onTrouble },
      this.#signal,
    );
  }

  /** A failure that trying again could cure is tried again; any other stands. */
  async #retry(file: FileFacts): Promise<FileFacts> {
    const { id, failure, allowedEvents, version } = file;
    if (failure?.retryable !== true || !allowedEvents.includes('RETRY')) throw toRefusal(file);
    const requests = [{ id, event: 'RETRY', expectedVersion: version }];
    const send = async (): ReturnType<typeof transitionFiles> =>
      await transitionFiles(this.#uploading.server, requests, this.#signal);
    const [answer] = await persist(send, this.#onTrouble, this.#signal);
    if (answer !== undefined && !(answer instanceof Refused)) return answer.file;
    // Somebody else was quicker, or an earlier copy of this request was.
    const now = await this.#read(id);
    if (now.state === 'FAILED') throw answer ?? toRefusal(now);
    return now;
  }

  async #send(file: FileFacts): Promise<void> {
    const { server, settings, job, tell } = this.#uploading;
    if (file.uploadUrl === null) {
      throw new Refused('NO_UPLOAD_URL', 'The server gives no address to send its bytes to.');
    }
    const sending = {
      server,
      uploadUrl: file.uploadUrl,
      source: this.#source,
      chunkSize: settings.chunkSize,
      onProgress: (bytes: number) => tell({ kind: 'progressed', job, file, bytes }),
      onTrouble: this.#onTrouble,
    };
    try {
      await sendBytes(sending, this.#signal);
    } catch (error) {
      if (error instanceof SourceChanged) await this.#giveUp(file);
      throw error instanceof UploadRefused ? await this.#explain(file.id, error) : error;
    }
  }

  /** What became of the file says more than the status did. */
  async #explain(id: string, refusal: UploadRefused): Promise<Error> {
    const file = await readFile(this.#uploading.server, id, this.#signal).catch(() => undefined);
    if (file === null) return new Refused('FILE_NOT_FOUND', DELETED);
    return file?.state === 'FAILED' ? toRefusal(file) : refusal;
  }

  /** Its bytes are of no use any more; its history says why. If it cannot be told now, the server finds out by itself. */
  async #giveUp({ id }: FileFacts): Promise<void> {
    const failure = {
      code: 'SOURCE_CHANGED',
      message: 'The file changed while it was being uploaded.',
      retryable: false,
    };
    const requests = [{ id, event: 'FAIL_UPLOAD', failure }];
    await transitionFiles(this.#uploading.server, requests, this.#signal).catch(() => undefined);
  }

  /** No false success: that all bytes were taken is not yet that they were the right ones. */
  async #confirm(id: string): Promise<FileFacts> {
    const deadline = performance.now() + COMPLETION_MS;
    for (;;) {
      const file = await this.#read(id);
      if (file.state === 'FAILED') throw toRefusal(file);
      if (!wantsBytes(file)) return file;
      if (performance.now() > deadline) {
        throw new Refused('NOT_COMPLETED', `All its bytes are there, but it is still ${file.state}.`);
      }
      await pause(jitter(500), this.#signal);
    }
  }

  async #read(id: string): Promise<FileFacts> {
    const { server } = this.#uploading;
    const file = await persist(() => readFile(server, id, this.#signal), this.#onTrouble, this.#signal);
    if (file === null) throw new Refused('FILE_NOT_FOUND', DELETED);
    return file;
  }
}

function toRefusal({ id, failure, attempts, maxAttempts }: FileFacts): Refused {
  const { code = 'FAILED', message = 'It has failed.', retryable = false } = failure ?? {};
  const spent = retryable && attempts >= maxAttempts ? ` All ${maxAttempts} attempts are used up.` : '';
  const cure =
    retryable && spent === '' ? 'The same command tries again.' : `After \`waybill rm ${id}\` it can be uploaded anew.`;
  return new Refused(code, `${message}${spent} ${cure}`, id);
}
