// The SHA-256 of a file, piece by piece: in a worker where there are workers, so that a page stays responsive.
import { reasonOf } from '../wait.ts';
import { type Sha256, createSha256 } from './sha256.ts';

type OnHashed = (bytes: number) => void;

const PIECE_BYTES = 2 ** 20;

/** @throws what reading the file throws, or the reason of the signal */
export async function digestOf(file: Blob, onHashed: OnHashed, signal: AbortSignal): Promise<string> {
  if (typeof Worker === 'function' && typeof URL.createObjectURL === 'function') {
    const digest = await hashInWorker(file, onHashed, signal);
    if (digest !== null) return digest;
  }
  return await hashHere(file, onHashed, signal);
}

interface Told {
  readonly hashed?: number;
  readonly digest?: string;
  /** The file could not be read. */
  readonly error?: string;
}

interface OwnScope {
  addEventListener(type: 'message', listener: (event: { readonly data: Blob }) => void): void;
  postMessage(told: Told): void;
}

/** Runs in the worker. Like `createSha256` it refers to nothing outside of itself. */
function work(create: () => Sha256, scope: OwnScope, pieceBytes: number): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to the page that has started it, not to a window
  const tell = (told: Told): void => scope.postMessage(told);
  scope.addEventListener('message', ({ data: file }) => {
    const sha256 = create();
    let at = 0;
    const next = (): void => {
      if (at >= file.size) return tell({ digest: sha256.digest() });
      file
        .slice(at, at + pieceBytes)
        .arrayBuffer()
        .then((bytes) => {
          sha256.update(new Uint8Array(bytes));
          at += bytes.byteLength;
          tell({ hashed: at });
          next();
        })
        .catch((error: unknown) => tell({ error: String(error) }));
    };
    next();
  });
}

/** @returns null where no worker may be started, as by a Content-Security-Policy */
function hashInWorker(file: Blob, onHashed: OnHashed, signal: AbortSignal): Promise<string | null> {
  const code = `(${work.toString()})(${createSha256.toString()}, self, ${PIECE_BYTES})`;
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  let worker: Worker | undefined;
  let abort = (): void => undefined;
  return new Promise<string | null>((resolve, reject) => {
    abort = () => reject(reasonOf(signal));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    worker = new Worker(url);
    worker.addEventListener('error', () => resolve(null));
    worker.addEventListener('message', ({ data }: MessageEvent<Told>) => {
      if (data.hashed !== undefined) onHashed(data.hashed);
      if (data.digest !== undefined) resolve(data.digest);
      if (data.error !== undefined) reject(new Error(data.error));
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
    worker.postMessage(file);
  }).finally(() => {
    signal.removeEventListener('abort', abort);
    worker?.terminate();
    URL.revokeObjectURL(url);
  });
}

async function hashHere(file: Blob, onHashed: OnHashed, signal: AbortSignal): Promise<string> {
  const sha256 = createNative() ?? createSha256();
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    if (signal.aborted) throw reasonOf(signal);
    sha256.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
    onHashed(Math.min(at + PIECE_BYTES, file.size));
  }
  return sha256.digest();
}

interface NodeHash {
  update(bytes: Uint8Array): NodeHash;
  digest(encoding: 'hex'): string;
}

interface NodeCrypto {
  readonly createHash: (algorithm: 'sha256') => NodeHash;
}

/** That of Node, without an import that a bundler for browsers would have to resolve. */
function createNative(): Sha256 | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto } };
  const hash = process?.getBuiltinModule?.('node:crypto').createHash('sha256');
  if (hash === undefined) return undefined;
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}
