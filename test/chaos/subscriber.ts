// A client that subscribes to everything: it keeps its last cursor, leaves at random and resumes at a random replica.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, subscribe } from '../support/client.ts';
import type { Seen } from '../support/history.ts';
import type { Random } from '../support/random.ts';

export interface SubscriberOptions {
  readonly random: Random;
  readonly urls: () => readonly string[];
  /** The cursor to begin after. */
  readonly after: string;
  /** Ends the subscriber for good. */
  readonly signal: AbortSignal;
  /** It reconnects after a random time up to this; null: only when it is disconnected. */
  readonly reconnectMs: number | null;
}

export interface SubscriberLog {
  readonly seen: Seen[];
  reconnects: number;
  /** When a change last arrived, in milliseconds since the epoch. */
  changedAt: number;
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

export const newSubscriberLog = (): SubscriberLog => ({ seen: [], reconnects: 0, changedAt: Date.now() });

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

/** @returns the last cursor; an error carries it as `after` */
async function watchOnce(url: string, after: string, leave: AbortSignal, log: SubscriberLog): Promise<string> {
  const client = connect(url);
  const stop = (): void => void client.dispose();
  leave.addEventListener('abort', stop, { once: true });
  let last = after;
  try {
    for await (const { fileChanges } of subscribe<Change>(client, QUERY, { after })) {
      last = fileChanges.cursor;
      log.seen.push({ fileId: fileChanges.fileId, version: fileChanges.file?.version ?? -1 });
      log.changedAt = Date.now();
    }
    return last;
  } catch (error) {
    throw Object.assign(new Error('disconnected', { cause: error }), { after: last });
  } finally {
    leave.removeEventListener('abort', stop);
    stop();
  }
}
