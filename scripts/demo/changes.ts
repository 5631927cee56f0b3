// The subscription fileChanges over WebSocket: what the demo shows and checks comes from here.
import { createClient } from 'graphql-ws';
import { FILE_FIELDS, type FileFacts, type Transition } from './api.ts';

export interface Progress {
  readonly bytesReceived: number;
  readonly size: number | null;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
}

export type Change = { readonly fileId: string } & (
  | { readonly kind: 'REGISTERED'; readonly file: FileFacts }
  | { readonly kind: 'TRANSITIONED'; readonly file: FileFacts; readonly transition: Transition }
  | { readonly kind: 'PROGRESSED'; readonly progress: Progress }
);

export interface Subscription {
  /** Rejects when the stream breaks. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

const QUERY = `subscription ($after: Cursor!) {
  fileChanges(after: $after, filter: { kinds: [REGISTERED, TRANSITIONED, PROGRESSED] }) {
    kind fileId
    ... on FileRegistered { file { ...F } }
    ... on FileTransitioned { file { ...F } transition { event from to version } }
    ... on FileProgressed { progress { bytesReceived size bytesPerSecond etaSeconds } }
  }
} ${FILE_FIELDS}`;

/** Calls `onChange` with every change after the cursor. */
export function subscribeToChanges(url: string, after: string, onChange: (change: Change) => void): Subscription {
  const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, retryAttempts: 0 });
  async function read(): Promise<never> {
    for await (const { data, errors } of client.iterate<{ fileChanges: Change }>({
      query: QUERY,
      variables: { after },
    })) {
      if (data == null) throw new Error(JSON.stringify(errors));
      onChange(data.fileChanges);
    }
    throw new Error('the subscription was completed');
  }
  const broken = read();
  broken.catch(() => undefined);
  return { broken, stop: async () => await client.dispose() };
}

/** A change as the log keeps it: `what` is the event of a transition, or REGISTERED at version 0. */
export interface Entry {
  readonly fileId: string;
  readonly version: number;
  readonly what: string;
}

/** Progress is not in the log. */
export function entryOf(change: Change): Entry | null {
  if (change.kind === 'PROGRESSED') return null;
  const { version } = change.file;
  if (change.kind === 'REGISTERED') return { fileId: change.fileId, version, what: 'REGISTERED' };
  // If one message gives two versions, it will count as out of order.
  const agrees = version === change.transition.version;
  return { fileId: change.fileId, version: agrees ? version : Number.NaN, what: change.transition.event };
}
