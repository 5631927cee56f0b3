// Events of running uploads, shown as bars, plain lines or JSON.
import type { FileFacts } from '../api/files.ts';
import type { FoundFile } from './find-files.ts';

export type UploadEvent = { readonly job: FoundFile } & (
  | { readonly kind: 'started' }
  /** Its digest is being computed. */
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'registered'; readonly file: FileFacts }
  /** An earlier upload continues; the server has `bytes` already. */
  | { readonly kind: 'resumed'; readonly file: FileFacts; readonly bytes: number }
  /** `bytes` have been sent or have arrived. */
  | { readonly kind: 'progressed'; readonly file: FileFacts; readonly bytes: number }
  /** A transient error; a retry follows. */
  | { readonly kind: 'delayed'; readonly reason: string; readonly retryMs: number }
  | { readonly kind: 'uploaded'; readonly file: FileFacts; readonly seconds: number }
  /** The server had all bytes before this command started. */
  | { readonly kind: 'found'; readonly file: FileFacts }
  /** After --wait: a worker has it. Null: not known, not said. */
  | {
      readonly kind: 'processing';
      readonly id: string;
      readonly fraction: number | null;
      readonly message: string | null;
    }
  /** After --wait. */
  | { readonly kind: 'indexed'; readonly file: FileFacts }
  | { readonly kind: 'failed'; readonly id: string | null; readonly code: string; readonly message: string }
);

export type Report = (event: UploadEvent) => void;

export interface UploadSummary {
  readonly uploaded: number;
  readonly found: number;
  readonly indexed: number;
  readonly failed: number;
  /** Not finished because the command was interrupted. */
  readonly unfinished: number;
  /** Bytes sent by this command. */
  readonly bytes: number;
  readonly seconds: number;
}

export interface Reporter {
  readonly report: Report;
  /** Prints one line on standard error. */
  note(line: string): void;
  /** Prints the summary and releases the terminal. */
  end(summary: UploadSummary): void;
}
