// Collects a stream in the background, so that a test can act and then look at what has come.
import type { Client } from 'graphql-ws';
import { type GraphQLErrorShape, SubscriptionError } from './client.ts';
import { readData } from './sse.ts';
import { until } from './until.ts';

/** Pushes what comes; resolves when the stream ends by itself or by the signal, rejects when it breaks. */
export type Source<Item> = (push: (item: Item) => void, signal: AbortSignal) => Promise<void>;

export class Collector<Item> {
  readonly items: Item[] = [];
  /** Rejects with what the stream throws. */
  readonly ended: Promise<void>;
  readonly #ending = new AbortController();

  constructor(source: Source<Item>) {
    this.ended = source((item) => this.items.push(item), this.#ending.signal);
    // A test that expects a failure awaits it.
    this.ended.catch(() => undefined);
  }

  /** Waits until so many have come, and returns all that have. */
  async take(count: number, patienceMs?: number): Promise<readonly Item[]> {
    await until(
      () => this.items.length,
      (length) => length >= count,
      patienceMs,
    );
    return this.items;
  }

  /** Unsubscribes. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.ended;
  }
}

export function overSocket<Data>(client: Client, query: string, variables: Record<string, unknown> = {}): Source<Data> {
  return (push, signal) =>
    new Promise((resolve, reject) => {
      const unsubscribe = client.subscribe<Data>(
        { query, variables },
        {
          next: ({ data, errors }) => {
            if (errors !== undefined) reject(new SubscriptionError(errors));
            else if (data != null) push(data);
          },
          error: (error) =>
            reject(Array.isArray(error) ? new SubscriptionError(error as GraphQLErrorShape[]) : (error as Error)),
          complete: resolve,
        },
      );
      signal.addEventListener('abort', unsubscribe);
    });
}

export function overSse<Data>(url: string, query: string, variables: Record<string, unknown> = {}): Source<Data> {
  return async (push, signal) => {
    try {
      for await (const data of readData<Data>(url, query, variables, signal)) push(data);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
}
