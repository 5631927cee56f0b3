// How bytes go. Today the files are EXTERNAL: each is read from disk for real, chunk by chunk, and its progress is
// reported, but the bytes go nowhere. What uploads to the server itself changes this file and no other.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import type { Source } from './sources.ts';

export interface Pace {
  /** How many pieces a file is sent in. */
  readonly chunks: number;
  /** Between two pieces. */
  readonly pauseMs: number;
}

export class ConnectionLost extends Error {}

export interface UploadOptions {
  readonly pace: Pace;
  /** The fraction of the bytes after which the connection is lost; not given: never. */
  readonly breakAt: number | undefined;
  readonly signal: AbortSignal;
}

/** @throws ConnectionLost at `breakAt` */
export async function uploadBytes(api: Api, id: string, source: Source, options: UploadOptions): Promise<void> {
  const { pace, breakAt, signal } = options;
  const digest = createHash('sha256');
  let sent = 0;
  const highWaterMark = Math.max(1, Math.ceil(source.size / pace.chunks));
  for await (const chunk of createReadStream(source.path, { highWaterMark, signal })) {
    await sleep(pace.pauseMs, undefined, { signal });
    digest.update(chunk as Buffer);
    sent += (chunk as Buffer).length;
    await api.reportProgress(id, Math.min(sent, source.size));
    if (breakAt !== undefined && sent >= source.size * breakAt) throw new ConnectionLost('The connection was lost.');
  }
  if (digest.digest('hex') !== source.sha256) throw new Error(`${source.name} was edited while the demo read it`);
}
