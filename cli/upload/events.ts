// What is told of uploads while they run: for bars, for plain lines and for scripts.
import type { FileFacts } from '../api/files.ts';
import type { FoundFile } from './find-files.ts';

export type UploadEvent = { readonly job: FoundFile } & (
  | { readonly kind: 'started' }
  /** Its digest is being computed. */
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'registered'; readonly file: FileFacts }
  /** It was begun before; `bytes` of it are there. */
  | { readonly kind: 'resumed'; readonly file: FileFacts; readonly bytes: number }
  /** `bytes` of it are on their way or have arrived. */
  | { readonly kind: 'progressed'; readonly file: FileFacts; readonly bytes: number }
  /** Something is wrong that may pass. */
  | { readonly kind: 'delayed'; readonly reason: string }
  | { readonly kind: 'uploaded'; readonly file: FileFacts; readonly seconds: number }
  /** It was all there before this command was started. */
  | { readonly kind: 'found'; readonly file: FileFacts }
  /** After --wait. */
  | { readonly kind: 'indexed'; readonly file: FileFacts }
  | { readonly kind: 'failed'; readonly id: string | null; readonly code: string; readonly message: string }
);

export type Tell = (event: UploadEvent) => void;

export interface Tally {
  readonly uploaded: number;
  readonly found: number;
  readonly indexed: number;
  readonly failed: number;
  /** Not finished, for it was stopped. */
  readonly unfinished: number;
  /** Bytes sent by this command. */
  readonly bytes: number;
  readonly seconds: number;
}

export interface Reporter {
  readonly tell: Tell;
  /** The last word, and the terminal is given back. */
  end(tally: Tally): void;
}
