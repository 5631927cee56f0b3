// A small tus server that keeps bytes in memory and fails on demand, for tests of the client's side of the protocol.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { DataStore, Server, Upload } from '@tus/server';

/** Takes a request itself and says so; otherwise it goes to the server. */
export type Mishap = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface TusServer {
  readonly url: string;
  /** What was asked, such as `HEAD` or `PATCH 0`. */
  readonly requests: readonly string[];
  /** Takes part in every request from now on. */
  use(mishap: Mishap): void;
  newUpload(size: number): Promise<string>;
  bytesOf(uploadUrl: string): Buffer;
  close(): Promise<void>;
}

class MemoryStore extends DataStore {
  readonly #uploads = new Map<string, { size: number; chunks: Buffer[] }>();

  override async create(upload: Upload): Promise<Upload> {
    this.#uploads.set(upload.id, { size: upload.size ?? 0, chunks: [] });
    return await Promise.resolve(upload);
  }

  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    let at = offset;
    try {
      for await (const chunk of stream) {
        this.#uploads.get(id)?.chunks.push(chunk as Buffer);
        at += (chunk as Buffer).length;
      }
    } catch {
      // What has arrived is kept.
    }
    return at;
  }

  override async getUpload(id: string): Promise<Upload> {
    const { size = 0 } = this.#uploads.get(id) ?? {};
    return await Promise.resolve(new Upload({ id, size, offset: this.bytesOf(id).length, metadata: {} }));
  }

  bytesOf(id: string): Buffer {
    return Buffer.concat(this.#uploads.get(id)?.chunks ?? []);
  }
}

export async function startTusServer(): Promise<TusServer> {
  const datastore = new MemoryStore();
  const tus = new Server({ path: '/uploads', datastore });
  const requests: string[] = [];
  let mishap: Mishap = () => false;
  const http = createServer((request, response) => {
    requests.push(`${request.method} ${String(request.headers['upload-offset'] ?? '')}`.trim());
    if (!mishap(request, response)) void tus.handle(request, response);
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    use: (next) => void (mishap = next),
    newUpload: async (size) => {
      const id = randomUUID();
      await datastore.create(new Upload({ id, size, offset: 0 }));
      return `${url}/uploads/${id}`;
    },
    bytesOf: (uploadUrl) => datastore.bytesOf(uploadUrl.slice(uploadUrl.lastIndexOf('/') + 1)),
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
