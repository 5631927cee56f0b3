// A digest over bytes that arrive one after another, and where it is computed: that of a few bytes on the spot, any other in
// a thread of its own (thread/), so that the main thread reads the next bytes meanwhile (docs/adr/0028).
import { createHash } from 'node:crypto';
import { DomainError } from '../../errors.ts';

export type Algorithm = 'sha1' | 'sha256' | 'md5';

/** The thread that computed a digest has ended. The bytes are where they were; they have to be read again. */
export class DigestLost extends DomainError<'DIGEST_LOST'> {
  constructor(cause?: unknown) {
    super('DIGEST_LOST', 'The thread that computed the digest has ended.', { cause });
  }
}

export interface Digest {
  /** Bytes it covers. */
  readonly offset: number;
  /** Whether `save` gives a state; otherwise it is null. */
  readonly isResumable: boolean;
  readonly isLost: boolean;
  /** Copies the bytes. Resolves when more may follow. Never throws: a digest that is lost takes bytes and says so at its end. */
  update(bytes: Uint8Array): Promise<void>;
  /**
   * Lower-case hex; nothing can be added afterwards.
   * @throws DigestLost
   */
  end(): Promise<string>;
  /**
   * Base64, about 160 characters, from which the digest can be resumed elsewhere.
   * @throws DigestLost
   */
  save(): Promise<string | null>;
  /** Call when its end is not wanted any more. */
  drop(): void;
}

/** Computed where it is called. */
export function createLocalDigest(algorithm: Algorithm): Digest {
  const hash = createHash(algorithm);
  let offset = 0;
  return {
    get offset() {
      return offset;
    },
    isResumable: false,
    isLost: false,
    update: async (bytes) => {
      hash.update(bytes);
      offset += bytes.length;
    },
    end: async () => hash.digest('hex'),
    save: async () => null,
    drop: () => undefined,
  };
}
