// Follows the change feed without end, by @waybill/client, which goes on after the newest cursor when the connection is lost.
import { WebSocket } from 'ws';
import type { Waybill } from '../../packages/client/src/index.ts';
import { CursorLost, isTransient } from '../errors.ts';
import { toCliError } from './client-errors.ts';
import { FOLLOW, FOLLOW_WHOLE } from '../generated/documents.ts';
import type { ChangedFileFragment, FileChangeFilter, FollowSubscription } from '../generated/operations.ts';
import { type OnRetry, pause } from './pause.ts';
import { jitter } from './retry.ts';
import { type Server, connect } from './server.ts';

type Followed = FollowSubscription['fileChanges'];
type Head = Pick<Followed, 'cursor' | 'fileId' | 'occurredAt'>;
type Transitioned = Extract<Followed, { readonly transition: object }>;

export type Progress = Extract<Followed, { readonly progress: object }>['progress'];

/** Told apart by `kind`, and without `__typename`, since changes are printed as they are. */
export type Change = Head &
  (
    | { readonly kind: 'REGISTERED'; readonly file: ChangedFileFragment }
    | {
        readonly kind: 'TRANSITIONED';
        readonly file: ChangedFileFragment;
        readonly transition: Transitioned['transition'];
      }
    | { readonly kind: 'PROGRESSED'; readonly progress: Progress }
    | { readonly kind: 'DELETED' }
  );

export type ChangeFilter = Pick<FileChangeFilter, 'ids' | 'kinds' | 'states'>;

export interface FollowOptions {
  readonly filter: ChangeFilter;
  /** Ask all that a webhook is sent of a change, instead of what a Change has. */
  readonly isWhole?: boolean;
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
  { filter, isWhole = false, onChange, onLost, onReconnected }: FollowOptions,
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
      const document = (isWhole ? FOLLOW_WHOLE : FOLLOW).toString();
      unsubscribe = waybill.subscribe<Data, typeof variables>(document, variables, {
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
