// Opens the bytes of a claimed file for its processors, and says what it means for the file when they cannot be read.
import type { Readable } from 'node:stream';
import type { Failure } from '../../fsm/types.ts';
import { type ContentReader, hasContent } from '../../uploads/content.ts';
import { BytesLost } from '../../uploads/store/byte-store.ts';
import type { HeldFile } from './held-file.ts';

/** `lost`: another attempt finds nothing either. `unavailable`: it may. */
export type ContentTrouble = { readonly is: 'lost' | 'unavailable'; readonly error: unknown };

export const BYTES_LOST: Failure = {
  code: 'BYTES_LOST',
  message: 'The store does not have the bytes of this file any more. Delete the file and upload it again.',
  retryable: false,
};

export const STORE_UNAVAILABLE: Failure = {
  code: 'STORE_UNAVAILABLE',
  message: 'The bytes of this file could not be read: the byte store was away.',
  retryable: true,
};

export class HeldContent {
  readonly #content: Pick<ContentReader, 'open'>;
  readonly #held: HeldFile;
  /** Null: nothing has gone wrong so far. */
  trouble: ContentTrouble | null = null;

  constructor(content: Pick<ContentReader, 'open'>, held: HeldFile) {
    this.#content = content;
    this.#held = held;
  }

  /** @throws what prevents it; `trouble` is set then, also when the stream fails later */
  async open(): Promise<Readable> {
    try {
      const stream = await this.#open();
      stream.once('error', (error) => this.#note(error));
      return stream;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  async #open(): Promise<Readable> {
    const { tenant, file } = this.#held.claimed;
    if (!hasContent(file)) throw new TypeError(`file ${file.id} is processed without bytes`);
    const stream = await this.#content.open(tenant, file, { start: 0, end: file.size });
    if (stream !== null) return stream;
    // The file was reset or deleted since it was claimed, and the lease went with that.
    this.#held.interrupt('lost');
    throw new BytesLost(`of file ${file.id}, which was replaced`);
  }

  #note(error: unknown): void {
    // A reader that has seen enough, or was stopped, destroys the stream: the store is not to blame.
    if (
      error instanceof Error &&
      (error.name === 'AbortError' || ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'))
    )
      return;
    this.trouble ??= { is: error instanceof BytesLost ? 'lost' : 'unavailable', error };
  }
}
