// The feed: what the demo shows and checks comes from here.
import type { Change as AnyChange, Waybill } from '../../packages/client/src/index.ts';

/** Nothing is deleted here. */
export type Change = Exclude<AnyChange, { readonly __typename: 'FileDeleted' }>;
export type Progress = Pick<
  Extract<AnyChange, { readonly __typename: 'FileProgressed' }>['progress'],
  'bytesReceived' | 'size' | 'bytesPerSecond' | 'etaSeconds'
>;

export interface Subscription {
  /** Rejects when the stream breaks. */
  readonly broken: Promise<never>;
  stop(): void;
}

const KINDS = ['REGISTERED', 'TRANSITIONED', 'PROGRESSED'] as const;

/** Calls `onChange` with every change after the cursor. */
export function subscribeToChanges(client: Waybill, after: string, onChange: (change: Change) => void): Subscription {
  const stopping = new AbortController();
  async function read(): Promise<never> {
    for await (const change of client.changes(after, { filter: { kinds: KINDS }, signal: stopping.signal })) {
      if (change.__typename !== 'FileDeleted') onChange(change);
    }
    throw new Error('the subscription was completed');
  }
  const broken = read();
  broken.catch(() => undefined);
  return { broken, stop: () => stopping.abort() };
}

/** A change as the log keeps it: `what` is the event of a transition, or REGISTERED at version 0. */
export interface Entry {
  readonly fileId: string;
  readonly version: number;
  readonly what: string;
}

/** Progress is not in the log. */
export function entryOf(change: Change): Entry | null {
  if (change.__typename === 'FileProgressed') return null;
  const { version } = change.file;
  if (change.__typename === 'FileRegistered') return { fileId: change.fileId, version, what: 'REGISTERED' };
  // If one message gives two versions, it will count as out of order.
  const agrees = version === change.transition.version;
  return { fileId: change.fileId, version: agrees ? version : Number.NaN, what: change.transition.event };
}
