// What the main thread tells a digest thread, and what that answers. Bytes are not in the messages: they are in the ring,
// memory that both see, and an order says where.
import type { Algorithm } from '../digest.ts';

export type Order =
  /** Node's implementation. */
  | { readonly what: 'begin'; readonly digest: number; readonly algorithm: Algorithm }
  /** SHA-256 by hash-wasm, whose state can be saved; null: from the first byte. */
  | { readonly what: 'resume'; readonly digest: number; readonly state: string | null }
  | { readonly what: 'update'; readonly digest: number; readonly start: number; readonly length: number }
  | { readonly what: 'drop'; readonly digest: number }
  | ({ readonly ask: number } & Question);

/** Orders that are answered. */
export type Question =
  /** Answered with the digest in hex, which is then gone. */
  | { readonly what: 'end'; readonly digest: number }
  /** Answered with the state in base64. */
  | { readonly what: 'save'; readonly digest: number }
  /** Answered once everything ordered before is done. */
  | { readonly what: 'tell' };

export interface Answer {
  readonly ask: number;
  readonly value: string;
}

/** The memory that both threads see. */
export interface Shared {
  readonly ring: SharedArrayBuffer;
  /** One Int32: bytes of the ring that the thread has read since its beginning, modulo 2^32. */
  readonly progress: SharedArrayBuffer;
}
