// Follows the change feed without end, by @waybill/client, which goes on after the newest cursor when the connection is lost.
import { WebSocket } from 'ws';
import type { Waybill } from '../../packages/client/src/index.ts';
import { CursorLost, isTransient } from '../errors.ts';
import { toCliError } from './client-errors.ts';
import { type Document, document } from './document.ts';
import type { Failure, FileState } from './files.ts';
import { type OnRetry, pause } from './pause.ts';
import { jitter } from './retry.ts';
import { type Server, connect } from './server.ts';

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

interface Data {
  readonly fileChanges: Change;
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

const GAP_PAUSE_MS = 500;

/** Always rejects: with a refusal, the signal's reason, or what a callback throws. */
export async function followChanges(server: Server, following: FollowOptions, signal: AbortSignal): Promise<never> {
  // Of its own, to be closed at once: the last socket of a client waits for another subscription.
  const waybill = connect(server, { webSocketImpl: WebSocket });
  try {
    for (let after: string | null = following.after; ;) {
      const lost: CursorLost = await followUntilLost(waybill, following, after, signal);
      following.onGap(lost);
      after = lost.nextCursor;
      await pause(jitter(GAP_PAUSE_MS), signal);
    }
  } finally {
    waybill.close();
  }
}

/** Through whatever interruptions. @param after null: from now on. @throws all but CursorLost, which is returned */
async function followUntilLost(
  waybill: Waybill,
  { filter, query = FOLLOW, onChange, onLost, onReconnected }: FollowOptions,
  after: string | null,
  signal: AbortSignal,
): Promise<CursorLost> {
  signal.throwIfAborted();
  let isLost = false;
  let unsubscribe = (): void => undefined;
  // A signal of its own, so that its listener is collected with the subscription.
  const own = AbortSignal.any([signal]);
  try {
    return await new Promise<CursorLost>((resolve, reject) => {
      own.addEventListener('abort', () => reject(own.reason as Error));
      const end = (error: Error): void => (error instanceof CursorLost ? resolve(error) : reject(error));
      const variables = { ...(after !== null && { after }), filter };
      unsubscribe = waybill.subscribe<Data, typeof variables>(query, variables, {
        next: ({ fileChanges }) => onChange(fileChanges),
        connected: () => {
          if (isLost) onReconnected();
          isLost = false;
        },
        interrupted: (reason, delayMs) => {
          const error = toCliError(waybill.url, reason);
          if (!isTransient(error)) return end(error);
          if (!isLost) onLost(error, delayMs);
          isLost = true;
        },
        error: (reason) => end(toCliError(waybill.url, reason)),
        complete: () => reject(new Error('the server completed the subscription')),
      });
    });
  } finally {
    unsubscribe();
  }
}
