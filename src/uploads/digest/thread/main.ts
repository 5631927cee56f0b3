// The digest thread: carries out orders one after another. Started by digest-thread.ts.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { createSHA256 } from 'hash-wasm';
import type { Answer, Order, Shared } from './orders.ts';

interface Hashing {
  update(bytes: Uint8Array): void;
  save(): string;
  end(): string;
}

const { ring, progress } = workerData as Shared;
const bytes = new Uint8Array(ring);
const done = new Int32Array(progress);
const digests = new Map<number, Hashing>();
// One instance, that takes up one state after another: a few hundred bytes each, and a microsecond.
const wasm = await createSHA256();

function beginNative(algorithm: string): Hashing {
  const hash = createHash(algorithm);
  return {
    update: (part) => void hash.update(part),
    save: () => {
      throw new Error('the state of this digest cannot be saved');
    },
    end: () => hash.digest('hex'),
  };
}

function resume(saved: string | null): Hashing {
  let state: Uint8Array = saved === null ? wasm.init().save() : Buffer.from(saved, 'base64');
  return {
    update: (part) => {
      state = wasm.load(state).update(part).save();
    },
    save: () => Buffer.from(state).toString('base64'),
    end: () => wasm.load(state).digest('hex'),
  };
}

function find(digest: number): Hashing {
  const found = digests.get(digest);
  if (found === undefined) throw new Error(`there is no digest ${digest}`);
  return found;
}

function answer(ask: number, value: string): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage({ ask, value } satisfies Answer);
}

function carryOut(order: Order): void {
  switch (order.what) {
    case 'begin':
      return void digests.set(order.digest, beginNative(order.algorithm));
    case 'resume':
      return void digests.set(order.digest, resume(order.state));
    case 'update':
      find(order.digest).update(bytes.subarray(order.start, order.start + order.length));
      return void Atomics.add(done, 0, order.length);
    case 'drop':
      return void digests.delete(order.digest);
    case 'save':
      return answer(order.ask, find(order.digest).save());
    case 'end':
      answer(order.ask, find(order.digest).end());
      return void digests.delete(order.digest);
    case 'tell':
      return answer(order.ask, '');
  }
}

// An error ends the thread: a digest that missed an order would be wrong.
parentPort?.on('message', (orders: readonly Order[]) => orders.forEach(carryOut));
