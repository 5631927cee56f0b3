// The main thread's side of one digest thread. Bytes are copied into a ring that both see, which takes less than a tenth of
// a millisecond a MiB. Orders that say where they are wait until there are enough of them for a message, or until somebody
// asks: a message may have to wake the other thread, which costs as much as hashing 100 KiB.
import { Worker } from 'node:worker_threads';
import { DigestLost } from '../digest.ts';
import type { Answer, Order, Question, Shared } from './orders.ts';

// All bytes that wait to be hashed, of all uploads of this thread. Larger ones are slower: they leave the processor's cache.
const RING_BYTES = 4 * 2 ** 20;
const MESSAGE_BYTES = 256 * 1024;
const MESSAGE_ORDERS = 256;

// It allocates next to nothing. Its young generation would otherwise be as large as that of the main thread.
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

export class DigestThread {
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<unknown>;
  readonly #worker: Worker;
  readonly #ring: Buffer;
  readonly #progress: Int32Array;
  readonly #asked = new Map<number, PromiseWithResolvers<string>>();
  #orders: Order[] = [];
  #orderedBytes = 0;
  #lastAsk = 0;
  /** Of all bytes since its beginning. */
  #put = 0;
  /** Pending: the ring was half full, and half of it is free when this resolves. */
  #half: Promise<unknown> | undefined;
  #hasEnded = false;

  constructor() {
    const ring = new SharedArrayBuffer(RING_BYTES);
    const progress = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#ring = Buffer.from(ring);
    this.#progress = new Int32Array(progress);
    const workerData: Shared = { ring, progress };
    this.#worker = new Worker(new URL('main.ts', import.meta.url), {
      name: 'digests',
      workerData,
      resourceLimits: LIMITS,
    });
    this.#worker.unref();
    this.#worker.on('message', ({ ask, value }: Answer) => this.#takeQuestion(ask)?.resolve(value));
    this.ended = new Promise((resolve) => {
      this.#worker.once('error', (error) => resolve(this.#end(error)));
      this.#worker.once('exit', (code) => resolve(this.#end(new Error(`it exited with ${code}`))));
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Bytes that wait to be hashed. */
  get waiting(): number {
    return (this.#put - Atomics.load(this.#progress, 0)) | 0;
  }

  order(order: Order): void {
    if (this.#hasEnded) return;
    this.#orders.push(order);
    if (this.#orders.length >= MESSAGE_ORDERS) this.#send();
  }

  /** @throws DigestLost */
  async ask(question: Question): Promise<string> {
    if (this.#hasEnded) throw new DigestLost();
    const pending = Promise.withResolvers<string>();
    const ask = (this.#lastAsk += 1);
    this.#asked.set(ask, pending);
    this.order({ ...question, ask });
    this.#send();
    return await pending.promise;
  }

  /** Copies bytes for a digest; waits while the ring is full. Calls for one digest come one after another. */
  async put(digest: number, bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0 && !this.#hasEnded;) {
      const start = this.#put % RING_BYTES;
      const part = rest.subarray(0, Math.min(RING_BYTES - this.waiting, RING_BYTES - start));
      if (part.length > 0) this.#copy(digest, part, start);
      else await (this.#half ??= this.#awaitHalf());
      rest = rest.subarray(part.length);
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
    await this.ended;
  }

  #copy(digest: number, part: Uint8Array, start: number): void {
    // Not `set`: into shared memory it copies word by word, which takes twice as long.
    this.#ring.fill(part, start, start + part.length);
    this.#put += part.length;
    this.#orderedBytes += part.length;
    this.order({ what: 'update', digest, start, length: part.length });
    if (this.waiting > RING_BYTES / 2) this.#half ??= this.#awaitHalf();
    else if (this.#orderedBytes >= MESSAGE_BYTES) this.#send();
  }

  async #awaitHalf(): Promise<void> {
    try {
      await this.ask({ what: 'tell' });
    } catch {
      // It has ended: nobody needs to wait.
    } finally {
      this.#half = undefined;
    }
  }

  #send(): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    if (this.#orders.length > 0 && !this.#hasEnded) this.#worker.postMessage(this.#orders);
    this.#orders = [];
    this.#orderedBytes = 0;
  }

  #takeQuestion(ask: number): PromiseWithResolvers<string> | undefined {
    const question = this.#asked.get(ask);
    this.#asked.delete(ask);
    return question;
  }

  #end(reason: unknown): unknown {
    this.#hasEnded = true;
    for (const { reject } of this.#asked.values()) reject(new DigestLost(reason));
    this.#asked.clear();
    return reason;
  }
}
