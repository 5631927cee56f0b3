// What can be said of an upload, and of a queue.
import type { UploadMemory } from './memory.ts';

/** How a file is registered, and when its upload is done. */
export interface UploadOptions {
  /** Default: the name of the file; a Blob has none and is called "file". */
  readonly name?: string | undefined;
  /** Default: the type of the file. */
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Computes the SHA-256 before the file is registered, in a worker where there are workers: the server then takes these
   * bytes and no others. Default: false; the server computes it then, when the last byte has arrived.
   */
  readonly digest?: boolean | undefined;
  /**
   * When it is done: when the server has all bytes (`stored`, the default), or when it has processed them (`processed`).
   * A file that ends FAILED is an error with the code of its failure.
   */
  readonly until?: 'stored' | 'processed' | undefined;
  /**
   * By what the file is recognised when it comes again, also after a reload. Default: its name, size, type, time of
   * modification, metadata, and a digest of its first and last 64 KiB. A Blob has no time of modification and is not
   * recognised, unless this is given. null: never recognised.
   */
  readonly fingerprint?: string | null | undefined;
}

export interface UploadsOptions extends UploadOptions {
  /** How many files are sent at the same time. Default: 3. */
  readonly concurrency?: number | undefined;
  /** What is remembered of uploads over a reload. Default: localStorage; where there is none, until the program ends. */
  readonly memory?: UploadMemory | undefined;
  /**
   * The most bytes of one request; for proxies that limit it, such as nginx (client_max_body_size). Default: no limit in
   * browsers, and 16 MiB in Node, where a piece is held in memory.
   */
  readonly chunkSize?: number | undefined;
}
