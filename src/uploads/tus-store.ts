// Uploads as @tus/server sees them: its store, over the file's row, the lifecycle and the byte store.
import { DataStore, Upload } from '@tus/server';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { Timers } from '../fsm/deadlines.ts';
import type { RegisterCommand } from '../lifecycle/commands.ts';
import type { FileReader } from '../lifecycle/file-reader.ts';
import type { LeaseLocker } from './lease-locker.ts';
import { Receiver, type ReceiverOptions } from './receiver.ts';
import { type UploadRequest, currentRequest } from './request-context.ts';
import { UploadError, notFound } from './upload-error.ts';
import { parseUploadId } from './upload-id.ts';
import { type Creation, metadataOf } from './upload-metadata.ts';

export interface TusStoreOptions extends ReceiverOptions {
  readonly reader: FileReader;
  readonly locker: LeaseLocker;
  readonly timers: Timers;
  /** What a creation asks for, as a command. @throws an error with a status for what is invalid */
  readonly toRegistration: (creation: Creation, fileId: string) => RegisterCommand;
}

const wantsBytes = ({ state }: FileSnapshot): boolean => state === 'UNTRACKED' || state === 'UPLOADING';

export class TusStore extends DataStore {
  override readonly extensions = ['creation', 'creation-with-upload', 'checksum', 'expiration', 'termination'];
  readonly #options: TusStoreOptions;

  constructor(options: TusStoreOptions) {
    super();
    this.#options = options;
  }

  /** For a registered file, named in the metadata, or for one that is registered by this. */
  override async create(upload: Upload): Promise<Upload> {
    const request = currentRequest();
    const { metadata = {}, size = 0 } = upload;
    const fileId = parseUploadId(upload.id);
    const isRegistered = typeof metadata['fileId'] === 'string';
    const file = isRegistered
      ? await this.#adopt(request, fileId, size)
      : await this.#register({ size, metadata, origin: request }, fileId);
    this.#announceExpiry(request, file);
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const request = currentRequest();
    const file = await this.#find(request, parseUploadId(id));
    if (request.method === 'PATCH') requireNotFailed(file);
    this.#announceExpiry(request, file);
    const { bytesReceived, createdAt } = file;
    return new Upload({
      id,
      size: file.size ?? 0,
      offset: bytesReceived,
      metadata: metadataOf(file),
      creation_date: createdAt,
    });
  }

  /**
   * Takes bytes that begin at `offset`.
   * @param stop asks the source to end
   * @returns the durable offset
   */
  async receive(source: AsyncIterable<Uint8Array>, id: string, offset: number, stop: () => void): Promise<number> {
    const request = currentRequest();
    const receiving = this.#receive(request, source, parseUploadId(id), offset, stop);
    request.receiving = receiving.catch(() => undefined);
    return await receiving;
  }

  /** Termination ends the file: who gives up an upload wants nothing of it to stay. */
  override async remove(id: string): Promise<void> {
    const { tenant, actor } = currentRequest();
    const fileId = parseUploadId(id);
    const { lifecycle, newId } = this.#options;
    const [answer] = await lifecycle.execute<'remove'>([
      { kind: 'remove', tenant, actor, attemptId: newId(), fileId, expectedVersion: null },
    ]);
    if (answer?.outcome === 'failed') throw answer.error;
    if (answer?.outcome === 'refused')
      throw answer.code === 'FILE_BUSY' ? new UploadError(423, answer.message) : notFound();
  }

  async #receive(
    request: UploadRequest,
    source: AsyncIterable<Uint8Array>,
    fileId: string,
    offset: number,
    stop: () => void,
  ): Promise<number> {
    // A creation that brings bytes has no lease yet: there was no file to have one of.
    if (request.lease === null) {
      await this.#options.locker.acquire(request, fileId, null, stop);
    }
    const { lease, tenant, checksum } = request;
    if (lease === null) throw new TypeError('bytes without a lease');
    const file = await this.#find(request, fileId);
    if (file.bytesReceived !== offset) throw new UploadError(409, 'Upload-Offset conflict');
    // It may have failed since it was looked at.
    requireNotFailed(file);
    if (!wantsBytes(file)) return await requireNoMore(source, offset);
    const received = await new Receiver(this.#options, { lease, tenant, file, checksum }).receive(source);
    this.#announceExpiry(request, received);
    return received.bytesReceived;
  }

  async #register(creation: Creation, fileId: string): Promise<FileSnapshot> {
    const { lifecycle, toRegistration } = this.#options;
    const [answer] = await lifecycle.execute<'register'>([toRegistration(creation, fileId)]);
    if (answer?.outcome === 'registered') {
      requireNotFailed(answer.file);
      return answer.file;
    }
    throw answer?.outcome === 'failed' ? answer.error : new UploadError(409, 'The upload could not be created.');
  }

  async #adopt(request: UploadRequest, fileId: string, size: number): Promise<FileSnapshot> {
    const file = await this.#find(request, fileId);
    if (file.size !== size) throw new UploadError(400, `The file was registered with ${file.size} bytes, not ${size}.`);
    requireNotFailed(file);
    return file;
  }

  async #find({ tenant }: UploadRequest, fileId: string): Promise<FileSnapshot> {
    const file = await this.#options.reader.readFile(tenant, fileId);
    if (file?.transfer !== 'MANAGED') throw notFound();
    return file;
  }

  /** When the file ends by itself if nothing more comes (the expiration extension). */
  #announceExpiry({ response }: UploadRequest, { state, updatedAt }: FileSnapshot): void {
    const { untrackedExpiry, uploadStall } = this.#options.timers;
    if (response.headersSent) return;
    response.removeHeader('upload-expires');
    if (state !== 'UNTRACKED' && state !== 'UPLOADING') return;
    const rest = state === 'UNTRACKED' ? untrackedExpiry : uploadStall;
    response.setHeader('upload-expires', new Date(Date.parse(updatedAt) + rest).toUTCString());
  }
}

/** An empty request behind the last byte is one that comes again because its answer was lost. */
async function requireNoMore(source: AsyncIterable<Uint8Array>, offset: number): Promise<number> {
  for await (const chunk of source) if (chunk.length > 0) throw new UploadError(413, 'The upload is complete.');
  return offset;
}

/** What is complete answers as such; what failed says what is needed first. */
function requireNotFailed({ state, failure }: FileSnapshot): void {
  if (state !== 'FAILED') return;
  throw new UploadError(403, `The file is FAILED (${failure?.code}): send it RETRY, then go on. ${failure?.message}`);
}
