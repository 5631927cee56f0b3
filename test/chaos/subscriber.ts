// A client that watches everything: keeps its last cursor, is thrown out at random, comes back to a random replica.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, subscribe } from '../support/client.ts';
import type { Seen } from '../support/history.ts';
import type { Random } from '../support/random.ts';

export interface SubscriberOptions {
  readonly random: Random;
  readonly urls: () => readonly string[];
  /** Where to begin. */
  readonly after: string;
  /** Ends the watching for good. */
  readonly signal: AbortSignal;
  /** Milliseconds between reconnects of its own accord, at random up to this; null: only when it is cut off. */
  readonly reconnectMs: number | null;
}

export interface SubscriberLog {
  readonly seen: Seen[];
  reconnects: number;
  /** When something last arrived, milliseconds since the epoch. */
  heardAt: number;
}

interface Change {
  readonly fileChanges: {
    readonly cursor: string;
    readonly fileId: string;
    readonly file?: { readonly version: number };
  };
}

const QUERY = `subscription C($after: Cursor) { fileChanges(after: $after) {
  cursor fileId
  ... on FileRegistered { file { version } }
  ... on FileTransitioned { file { version } }
} }`;

export const newSubscriberLog = (): SubscriberLog => ({ seen: [], reconnects: 0, heardAt: Date.now() });

export async function watch(options: SubscriberOptions, log: SubscriberLog): Promise<void> {
  let { after } = options;
  while (!options.signal.aborted) {
    const stay = options.reconnectMs === null ? 2 ** 30 : 200 + options.random.below(options.reconnectMs);
    const leave = AbortSignal.any([options.signal, AbortSignal.timeout(stay)]);
    try {
      after = await watchOnce(options.random.pick(options.urls()), after, leave, log);
    } catch (error) {
      after = (error as { after?: string }).after ?? after;
      await sleep(20 + options.random.below(80));
    }
    log.reconnects += 1;
  }
}

/** @returns the last cursor seen; what breaks carries it along as `after` */
async function watchOnce(url: string, after: string, leave: AbortSignal, log: SubscriberLog): Promise<string> {
  const client = connect(url);
  const stop = (): void => void client.dispose();
  leave.addEventListener('abort', stop, { once: true });
  let last = after;
  try {
    for await (const { fileChanges } of subscribe<Change>(client, QUERY, { after })) {
      last = fileChanges.cursor;
      log.seen.push({ fileId: fileChanges.fileId, version: fileChanges.file?.version ?? -1 });
      log.heardAt = Date.now();
    }
    return last;
  } catch (error) {
    throw Object.assign(new Error('cut off', { cause: error }), { after: last });
  } finally {
    leave.removeEventListener('abort', stop);
    stop();
  }
}
