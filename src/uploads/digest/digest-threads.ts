// The threads that compute digests: started when they are first needed, and again when one has ended. Digests of a thread
// that has ended are lost, and say so; their bytes are in the store.
import { availableParallelism } from 'node:os';
import type { Logger } from '../../log.ts';
import { type Algorithm, type Digest, createLocalDigest } from './digest.ts';
import { DigestThread } from './thread/digest-thread.ts';

// Fewer bytes are hashed in less time than another thread is woken and answers.
const WORTH_A_THREAD = 2 ** 20;
// One hashes 1.4 GiB a second, as much as the main thread reads. The second is for uploads that continue from a saved state,
// which take six times as long.
const THREADS = availableParallelism() >= 4 ? 2 : 1;

export class DigestThreads {
  readonly #log: Logger;
  readonly #threads: (DigestThread | undefined)[] = Array.from({ length: THREADS }, () => undefined);
  #isStopping = false;
  #lastId = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param most the most bytes that will come */
  create(algorithm: Algorithm, most: number): Digest {
    if (most < WORTH_A_THREAD) return createLocalDigest(algorithm);
    const [thread, digest] = [this.#choose(), this.#newId()];
    thread.order({ what: 'begin', digest, algorithm });
    return new ThreadDigest(thread, digest, 0, false);
  }

  /** SHA-256 whose state can be saved. @param from a saved state and the bytes it covers; null: starts at the first byte */
  resume(from: { readonly state: string; readonly offset: number } | null): Digest {
    const [thread, digest] = [this.#choose(), this.#newId()];
    thread.order({ what: 'resume', digest, state: from?.state ?? null });
    return new ThreadDigest(thread, digest, from?.offset ?? 0, true);
  }

  /** Digests that are still computed are lost. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#threads.map(async (thread) => thread?.stop()));
  }

  #newId(): number {
    return (this.#lastId += 1);
  }

  /** The one with the fewest bytes waiting, started if it does not run. */
  #choose(): DigestThread {
    const waiting = this.#threads.map((thread) => thread?.waiting ?? 0);
    const place = waiting.indexOf(Math.min(...waiting));
    return this.#threads[place] ?? this.#startAt(place);
  }

  #startAt(place: number): DigestThread {
    const thread = new DigestThread();
    this.#threads[place] = thread;
    void thread.ended.then((reason) => {
      this.#threads[place] = undefined;
      if (!this.#isStopping)
        this.#log.error({ err: reason }, 'a digest thread has ended; what it computed is read again');
    });
    return thread;
  }
}

class ThreadDigest implements Digest {
  readonly isResumable: boolean;
  readonly #thread: DigestThread;
  readonly #id: number;
  #offset: number;
  #isOver = false;

  constructor(thread: DigestThread, id: number, offset: number, isResumable: boolean) {
    this.#thread = thread;
    this.#id = id;
    this.#offset = offset;
    this.isResumable = isResumable;
  }

  get offset(): number {
    return this.#offset;
  }

  get isLost(): boolean {
    return this.#thread.hasEnded;
  }

  async update(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    await this.#thread.put(this.#id, bytes);
  }

  async end(): Promise<string> {
    this.#isOver = true;
    return await this.#thread.ask({ what: 'end', digest: this.#id });
  }

  async save(): Promise<string | null> {
    return this.isResumable ? await this.#thread.ask({ what: 'save', digest: this.#id }) : null;
  }

  drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#thread.order({ what: 'drop', digest: this.#id });
  }
}
