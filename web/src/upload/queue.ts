// The uploads of this page: three at once, each registered under a key of its own, sent, and followed until the server has
// processed it. A store, which outlives the components that show it.
import {
  REGISTER_FILE,
  TRANSITION_FILE,
  type FileState,
  type Waybill,
  WaybillError,
  expectSuccess,
} from '@waybill/client';
import { READ_UPLOAD } from '../generated/documents.ts';
import { TEXTS } from '../texts.ts';
import { Observable } from '../app/observable.ts';
import { onThisServer } from '../app/settings.ts';
import type { Chosen } from './collect.ts';
import { type Remembered, fingerprintOf, forget, recall, remember } from './memory.ts';
import { RateMeter } from './rate.ts';
import { UploadRefused, sendBytes } from './send.ts';

/**
 * waiting for its turn, being sent, waiting for the server, paused by the user, wanting its file again, refused, stored whole
 * (its state then says how far it is).
 */
export type UploadStatus = 'waiting' | 'sending' | 'reconnecting' | 'paused' | 'missing' | 'refused' | 'stored';

export interface Upload extends Remembered {
  readonly status: UploadStatus;
  readonly sent: number;
  readonly stored: number;
  /** Bytes a second; null until it is known. */
  readonly rate: number | null;
  readonly state: FileState | null;
  readonly failure: string | null;
}

const AT_ONCE = 3;
/** A connection may have 500 subscriptions, and the views of the page need some. */
const MAX_FOLLOWED = 100;

export class UploadQueue {
  readonly #waybill: Waybill;
  readonly #token: () => string | undefined;
  readonly #uploads = new Map<string, Upload>();
  readonly #running = new Map<string, AbortController>();
  readonly #following = new Map<string, () => void>();
  readonly #rates = new Map<string, RateMeter>();
  readonly #shown = new Observable<readonly Upload[]>([]);
  #isScheduled = false;
  #isStopped = false;

  constructor(waybill: Waybill, token: () => string | undefined) {
    this.#waybill = waybill;
    this.#token = token;
  }

  readonly subscribe = this.#shown.subscribe;
  readonly getSnapshot = this.#shown.getSnapshot;

  /** What an earlier visit has left. */
  restore(): void {
    void recall().then((all) => {
      for (const each of all) {
        if (this.#uploads.has(each.key)) continue;
        const status = each.file === null ? 'missing' : each.isPaused ? 'paused' : 'waiting';
        this.#put({ ...each, ...FRESH, status });
      }
      this.#next();
    });
  }

  /** A file that is already on its way goes on, rather than being uploaded a second time. */
  add(chosen: readonly Chosen[]): void {
    const known = new Map([...this.#uploads.values()].map((upload) => [upload.fingerprint, upload]));
    for (const { file, name } of chosen) {
      const fingerprint = fingerprintOf(file, name);
      const before = known.get(fingerprint);
      if (before !== undefined && before.status !== 'stored') {
        this.#change(before.key, { file });
        this.resume(before.key);
        continue;
      }
      this.#enqueue(file, name, fingerprint);
    }
    this.#next();
  }

  pause(key: string): void {
    if (this.#uploads.get(key)?.status === 'stored') return;
    this.#change(key, { status: 'paused', isPaused: true, rate: null });
    this.#running.get(key)?.abort();
    this.#save(key);
  }

  /** Also a refused one: a FAILED file is sent RETRY first. */
  resume(key: string): void {
    const upload = this.#uploads.get(key);
    if (upload === undefined || upload.status === 'stored' || this.#running.has(key)) return;
    this.#change(key, { status: upload.file === null ? 'missing' : 'waiting', isPaused: false, failure: null });
    this.#save(key);
    this.#next();
  }

  /** Takes it off the list; what was uploaded of it is deleted on the server too. */
  cancel(key: string): void {
    const upload = this.#uploads.get(key);
    if (upload === undefined) return;
    this.remove(key);
    if (upload.fileId === null || upload.status === 'stored') return;
    const url = onThisServer(`uploads/${upload.fileId}`);
    const headers = { 'Tus-Resumable': '1.0.0', ...this.#authorization() };
    // Without an answer, the server removes what nobody continues (WAYBILL_UPLOAD_STALL).
    void fetch(url, { method: 'DELETE', headers }).catch(() => undefined);
  }

  remove(key: string): void {
    this.#uploads.delete(key);
    this.#running.get(key)?.abort();
    this.#unfollow(key);
    this.#rates.delete(key);
    void forget(key);
    this.#publish();
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
    for (const controller of this.#running.values()) controller.abort();
    for (const unfollow of this.#following.values()) unfollow();
  }

  #enqueue(file: File, name: string, fingerprint: string): void {
    const key = randomKey();
    const contentType = file.type === '' ? 'application/octet-stream' : file.type;
    const about = { key, fingerprint, name, size: file.size, contentType, file, isPaused: false };
    this.#put({ ...about, ...FRESH, idempotencyKey: `page:${key}`, fileId: null, status: 'waiting' });
    this.#save(key);
  }

  #next(): void {
    if (this.#isStopped) return;
    for (const { key, status } of this.#uploads.values()) {
      if (this.#running.size >= AT_ONCE) return;
      if (status === 'waiting' && !this.#running.has(key)) void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const controller = new AbortController();
    this.#running.set(key, controller);
    try {
      this.#change(key, { status: 'sending' });
      await this.#send(key, controller.signal);
      this.#change(key, { status: 'stored', rate: null });
      void forget(key);
    } catch (error) {
      if (!controller.signal.aborted) this.#change(key, { status: 'refused', rate: null, failure: explain(error) });
    } finally {
      this.#running.delete(key);
      this.#next();
    }
  }

  /** @throws UploadRefused, WaybillError, or the reason of the signal */
  async #send(key: string, signal: AbortSignal): Promise<void> {
    let url = await this.#prepare(key, signal);
    for (let renewals = 0; ; renewals += 1) {
      const { file, size } = this.#uploads.get(key)!;
      if (url === null) return this.#change(key, { sent: size, stored: size });
      this.#follow(key);
      const meter = this.#rates.get(key) ?? new RateMeter();
      this.#rates.set(key, meter);
      try {
        return await sendBytes({
          file: file!,
          url: onThisServer(url),
          token: this.#token(),
          signal,
          onSent: (sent) => this.#change(key, { sent, status: 'sending', rate: meter.take(sent) }),
          onStored: (stored) =>
            this.#change(key, { stored, sent: Math.max(stored, this.#uploads.get(key)?.sent ?? 0) }),
          onWaiting: () => this.#change(key, { status: 'reconnecting', rate: null }),
        });
      } catch (error) {
        // The right in the URL has ended: a new one.
        if (!(error instanceof UploadRefused) || error.status !== 401 || renewals > 3) throw error;
        url = await this.#prepare(key, signal);
      }
    }
  }

  /** Registers the file, or finds where it is. @returns where to send the bytes; null: they are all there */
  async #prepare(key: string, signal: AbortSignal): Promise<string | null> {
    const { fileId, name, size, contentType, idempotencyKey } = this.#uploads.get(key)!;
    if (fileId === null) {
      const input = { name, size, contentType, idempotencyKey };
      const { registerFile } = await this.#waybill.mutate(REGISTER_FILE, { input }, { signal });
      const { file } = expectSuccess(registerFile);
      this.#change(key, { fileId: file.id, state: file.state });
      this.#save(key);
      return file.uploadUrl;
    }
    const { file } = await this.#waybill.query(READ_UPLOAD, { id: fileId }, { signal });
    if (file === null) throw new UploadRefused(404, TEXTS.uploadDeleted);
    this.#change(key, { state: file.state });
    if (file.uploadUrl !== null) return file.uploadUrl;
    if (file.state !== 'FAILED') return null;
    const input = { id: fileId, event: 'RETRY' } as const;
    const { transitionFile } = await this.#waybill.mutate(TRANSITION_FILE, { input }, { signal });
    expectSuccess(transitionFile);
    return (await this.#waybill.query(READ_UPLOAD, { id: fileId }, { signal })).file?.uploadUrl ?? null;
  }

  /** What the server has stored of it, and what becomes of it then. */
  #follow(key: string): void {
    const { fileId } = this.#uploads.get(key)!;
    if (fileId === null || this.#following.has(key) || this.#following.size >= MAX_FOLLOWED) return;
    const live = this.#waybill.live.file(fileId);
    const look = (): void => {
      const { file } = live.getSnapshot();
      if (file == null) return;
      const stored = Math.max(file.bytesReceived, file.version === 0 ? 0 : (this.#uploads.get(key)?.stored ?? 0));
      this.#change(key, { state: file.state, stored: file.state === 'UPLOADING' ? stored : file.bytesReceived });
      if (file.state === 'INDEXED' || file.state === 'FAILED') this.#unfollow(key);
    };
    this.#following.set(key, live.subscribe(look));
  }

  #unfollow(key: string): void {
    this.#following.get(key)?.();
    this.#following.delete(key);
  }

  #authorization(): Record<string, string> {
    const token = this.#token();
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }

  #save(key: string): void {
    const upload = this.#uploads.get(key);
    if (upload === undefined) return;
    const { fingerprint, name, size, contentType, idempotencyKey, fileId, isPaused, file } = upload;
    void remember({ key, fingerprint, name, size, contentType, idempotencyKey, fileId, isPaused, file });
  }

  #put(upload: Upload): void {
    this.#uploads.set(upload.key, upload);
    this.#publish();
  }

  #change(key: string, change: Partial<Upload>): void {
    const upload = this.#uploads.get(key);
    if (upload === undefined || (upload.status === 'paused' && change.status === 'sending')) return;
    this.#put({ ...upload, ...change });
  }

  /** Once a frame, or a little later on a page that nobody sees. */
  #publish(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      this.#shown.set([...this.#uploads.values()]);
    }, 50);
  }
}

const FRESH = { sent: 0, stored: 0, rate: null, state: null, failure: null };

const explain = (error: unknown): string =>
  error instanceof UploadRefused || error instanceof WaybillError ? error.message : String(error);

const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
