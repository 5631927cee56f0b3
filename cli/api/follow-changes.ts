// Follows the change feed without end: reconnects after the newest cursor when the connection is lost (docs/frontend.md).
import { type Document, document } from './document.ts';
import { CursorLost, isTransient } from '../errors.ts';
import type { Failure, FileState } from './files.ts';
import { type OnRetry, pause } from './pause.ts';
import { jitter } from './retry.ts';
import { readFeedCursor } from './feed-cursor.ts';
import type { Server } from './server.ts';
import { runSubscription } from './subscription.ts';

export interface ChangedFile {
  readonly id: string;
  readonly name: string;
  readonly state: FileState;
  readonly version: number;
  readonly size: number | null;
  readonly failure: Failure | null;
}

export interface Progress {
  readonly state: FileState;
  readonly bytesReceived: number;
  readonly size: number | null;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  /** WAITING, RECEIVING, QUEUED, RUNNING or DONE. */
  readonly phase: string;
  /** 0 to 1; null while it is not known. */
  readonly fraction: number | null;
  readonly message: string | null;
}

interface ChangeHead {
  readonly cursor: string;
  readonly fileId: string;
  readonly occurredAt: string;
}

export type Change = ChangeHead &
  (
    | { readonly kind: 'REGISTERED'; readonly file: ChangedFile }
    | {
        readonly kind: 'TRANSITIONED';
        readonly file: ChangedFile;
        readonly transition: {
          readonly event: string;
          readonly from: string;
          readonly to: string;
          readonly actor: string;
        };
      }
    | { readonly kind: 'PROGRESSED'; readonly progress: Progress }
    | { readonly kind: 'DELETED' }
  );

export interface ChangeFilter {
  readonly ids: readonly string[] | null;
  readonly kinds: readonly Change['kind'][];
  /** The state after the change; left out: any. */
  readonly states?: readonly FileState[];
}

export interface FollowOptions {
  readonly filter: ChangeFilter;
  /** What to ask of each change, with the variables of FOLLOW; left out: what a Change has. */
  readonly query?: Document;
  /** Cursor to begin after. */
  readonly after: string;
  readonly onChange: (change: Change) => void;
  /** The connection was lost; called once, before the first attempt to reconnect. */
  readonly onLost: OnRetry;
  /** Connected again. */
  readonly onReconnected: () => void;
  /** The log no longer reaches back to the cursor, or was taken back: changes may have been missed. Throw to stop following. */
  readonly onGap: (error: CursorLost) => void;
}

const FOLLOW = document(`subscription ($after: Cursor!, $filter: FileChangeFilter!) {
  fileChanges(after: $after, filter: $filter) {
    kind cursor fileId occurredAt
    ... on FileRegistered { file { ...C } }
    ... on FileTransitioned { file { ...C } transition { event from to actor } }
    ... on FileProgressed { progress { state bytesReceived size bytesPerSecond etaSeconds phase fraction message } }
  }
}
fragment C on File { id name state version size failure { code message retryable } }`);

const MAX_PAUSE_MS = 10_000;

/** Always rejects: with a refusal, the signal's reason, or what a callback throws. */
export async function followChanges(server: Server, following: FollowOptions, signal: AbortSignal): Promise<never> {
  const { filter, query = FOLLOW, onChange, onLost, onReconnected, onGap } = following;
  let cursor: string | null = following.after;
  let isLost = false;
  let failures = 0;

  function takeChange({ fileChanges }: { readonly fileChanges: Change }): void {
    cursor = fileChanges.cursor;
    failures = 0;
    onChange(fileChanges);
  }

  function noteConnected(): void {
    if (isLost) onReconnected();
    isLost = false;
  }

  for (;;) {
    try {
      cursor ??= await readFeedCursor(server, signal);
      const variables = { after: cursor, filter };
      const stream = { query, variables, onData: takeChange, onConnected: noteConnected };
      await runSubscription(server, stream, signal);
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      const delay = 100 + jitter(Math.min(MAX_PAUSE_MS, 250 * 2 ** failures));
      if (error instanceof CursorLost) {
        onGap(error);
        cursor = error.nextCursor;
      } else {
        if (!isTransient(error)) throw error;
        if (!isLost) onLost(error, delay);
        isLost = true;
      }
      await pause(delay, signal);
    }
  }
}
