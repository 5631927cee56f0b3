// A queue of uploads, as a store: what is registered first is sent by tus, and goes on after interruptions.
import { REGISTER_FILE, type Waybill, expectSuccess } from '@waybill/client';
import { Upload } from 'tus-js-client';

export interface Uploading {
  readonly id: string;
  readonly name: string;
  /** In bytes, as `bytesSent`. */
  readonly size: number;
  readonly bytesSent: number;
  readonly status: 'sending' | 'done' | 'failed';
}

export interface Uploads {
  add(files: Iterable<File>): void;
  subscribe(listener: () => void): () => void;
  getSnapshot(): { readonly uploads: readonly Uploading[] };
}

const RETRY_DELAYS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

export function createUploads(waybill: Waybill): Uploads {
  const listeners = new Set<() => void>();
  let snapshot: { readonly uploads: readonly Uploading[] } = { uploads: [] };

  function set(changed: Uploading): void {
    snapshot = { uploads: snapshot.uploads.map((one) => (one.id === changed.id ? changed : one)) };
    for (const listener of listeners) listener();
  }

  async function send(file: File, uploading: Uploading): Promise<void> {
    const { name, size, type } = file;
    const input = { name, size, transfer: 'MANAGED', ...(type !== '' && { contentType: type }) } as const;
    const { uploadUrl } = expectSuccess((await waybill.mutate(REGISTER_FILE, { input })).registerFile).file;
    await new Promise<void>((resolve, reject) => {
      new Upload(file, {
        uploadUrl: uploadUrl ?? null,
        retryDelays: RETRY_DELAYS_MS,
        onProgress: (sent) => set({ ...uploading, bytesSent: sent }),
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    });
  }

  return {
    add: (files) => {
      for (const file of files) {
        const { name, size } = file;
        const { uploads } = snapshot;
        const uploading: Uploading = { id: `${uploads.length}`, name, size, bytesSent: 0, status: 'sending' };
        snapshot = { uploads: [...uploads, uploading] };
        set(uploading);
        send(file, uploading).then(
          () => set({ ...uploading, bytesSent: size, status: 'done' }),
          () => set({ ...uploading, status: 'failed' }),
        );
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => snapshot,
  };
}
