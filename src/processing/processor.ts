// What a processor is: a part of processing that looks at the bytes of a file and reports what it found. Built-in ones are
// in processors/, a team's own are modules named in WAYBILL_PROCESSORS (docs/processors.md).

/** What is known of a file before its bytes are looked at. */
export interface ProcessedFile {
  /** The global id, as clients see it. */
  readonly id: string;
  readonly name: string;
  /** As declared: a media type in lower case, without parameters being checked. */
  readonly contentType: string;
  /** Length in bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The bytes of the file, whole, in a temporary file that is removed afterwards. */
export interface Bytes {
  /** Path of the temporary file. It has no name of the user's in it. */
  readonly path: string;
  /** Up to `length` bytes from byte `start` on; fewer at the end of the file. */
  read(start: number, length: number): Promise<Uint8Array>;
  /**
   * All bytes.
   * @throws ProcessingError TOO_LARGE, not retryable, when there are more than `limit`
   */
  readAll(limit: number): Promise<Uint8Array>;
  stream(): AsyncIterable<Uint8Array>;
}

export interface ProcessorInput {
  readonly bytes: Bytes;
  /** Length in bytes. */
  readonly size: number;
  readonly file: ProcessedFile;
  /** What processors before this one found, by their names. */
  readonly found: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Aborted when processing is cancelled, or its time is up. */
  readonly signal: AbortSignal;
  /** @param fraction 0 to 1 of this processor's work */
  readonly progress: (fraction: number, message?: string) => void;
}

export interface Findings {
  /** JSON, kept in `File.properties` under the processor's name; at most 16 KiB as UTF-8 JSON. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Plain text for search. What is longer than the limit of the index is cut. */
  readonly text?: string;
}

export interface Processor {
  /** Lower-case letters, digits and hyphens, beginning with a letter, at most 32 characters. */
  readonly name: string;
  /** Changed whenever the same bytes may give other findings; kept with the findings. */
  readonly version: string;
  /** @param contentType what the bytes are, as far as an earlier processor could tell; otherwise as declared */
  accepts(contentType: string, file: ProcessedFile): boolean;
  /** @throws ProcessingError for a failure of the file; anything else thrown is PROCESSOR_FAILED, retryable */
  run(input: ProcessorInput): Promise<Findings>;
}

/** The file cannot be processed. Ends its processing with this failure. */
export class ProcessingError extends Error {
  override readonly name = 'ProcessingError';
  /** SCREAMING_SNAKE_CASE, at most 64 characters. */
  readonly code: string;
  /** Whether the same bytes may be processed with success another time. */
  readonly retryable: boolean;

  constructor(
    code: string,
    message: string,
    { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.retryable = retryable;
  }
}
