// The stream of changes, as the demo's screen and its checks hear it: the subscription fileChanges over WebSocket.
import { createClient } from 'graphql-ws';
import { FILE_FIELDS, type FileFacts, type Transition } from './api.ts';

export interface Progress {
  readonly state: string;
  readonly bytesReceived: number;
  readonly size: number | null;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
}

interface Heard {
  readonly cursor: string;
  readonly fileId: string;
  readonly occurredAt: string;
}

export type Change = Heard &
  (
    | { readonly kind: 'REGISTERED'; readonly file: FileFacts }
    | { readonly kind: 'TRANSITIONED'; readonly file: FileFacts; readonly transition: Transition }
    | { readonly kind: 'PROGRESSED'; readonly progress: Progress }
    | { readonly kind: 'DELETED' }
  );

export interface Watch {
  /** Rejects when the stream breaks. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

const SUBSCRIPTION = `subscription ($after: Cursor!) {
  fileChanges(after: $after, filter: { kinds: [REGISTERED, TRANSITIONED, PROGRESSED, DELETED] }) {
    kind cursor fileId occurredAt
    ... on FileRegistered { file { ...F } }
    ... on FileTransitioned { file { ...F } transition { event from to version } }
    ... on FileProgressed { progress { state bytesReceived size bytesPerSecond etaSeconds } }
  }
} ${FILE_FIELDS}`;

/** Hears every change after the cursor. */
export function watchChanges(url: string, after: string, onChange: (change: Change) => void): Watch {
  const client = createClient({ url: `${url.replace(/^http/, 'ws')}/graphql`, retryAttempts: 0 });
  let stopped = false;
  const broken = new Promise<never>((_resolve, reject) => {
    const end = (reason: unknown): void => {
      if (!stopped) reject(new Error('the subscription broke', { cause: reason }));
    };
    client.subscribe<{ fileChanges: Change }>(
      { query: SUBSCRIPTION, variables: { after } },
      {
        next: ({ data, errors }) => (data == null ? end(errors) : onChange(data.fileChanges)),
        error: end,
        complete: () => end('it was completed'),
      },
    );
  });
  broken.catch(() => undefined);
  return {
    broken,
    stop: async () => {
      stopped = true;
      await client.dispose();
    },
  };
}
