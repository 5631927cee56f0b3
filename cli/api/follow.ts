// The stream of changes without an end: lost connections are come back from, after the newest cursor (docs/clients.md).
import { CursorLost, isTransient } from '../errors.ts';
import type { Failure, FileState } from './files.ts';
import { jitter, pause } from './patience.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';
import { openStream } from './stream.ts';

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
}

interface Heard {
  readonly cursor: string;
  readonly fileId: string;
  readonly occurredAt: string;
}

export type Change = Heard &
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

export interface Filter {
  readonly ids: readonly string[] | null;
  readonly kinds: readonly Change['kind'][];
}

export interface Following {
  readonly filter: Filter;
  /** Where to begin. */
  readonly after: string;
  readonly onChange: (change: Change) => void;
  /** The stream broke, and will be come back to. */
  readonly onLost: (error: unknown) => void;
  /** It was come back to. */
  readonly onBack: () => void;
  /** The log does not reach back to where the stream broke: something may have been missed. What it throws ends it. */
  readonly onGap: (error: CursorLost) => void;
}

const FOLLOW = `subscription ($after: Cursor!, $filter: FileChangeFilter!) {
  fileChanges(after: $after, filter: $filter) {
    kind cursor fileId occurredAt
    ... on FileRegistered { file { ...C } }
    ... on FileTransitioned { file { ...C } transition { event from to actor } }
    ... on FileProgressed { progress { state bytesReceived size bytesPerSecond etaSeconds } }
  }
}
fragment C on File { id name state version size failure { code message retryable } }`;

export async function readFeedCursor(server: Server, signal: AbortSignal): Promise<string> {
  return (await request<{ feedCursor: string }>(server, '{ feedCursor }', {}, signal)).feedCursor;
}

const LONGEST_PAUSE_MS = 10_000;

/** Rejects only with what waiting does not cure: a refusal, the signal's reason, and what a callback throws. */
export async function follow(server: Server, following: Following, signal: AbortSignal): Promise<never> {
  const { filter, onChange, onLost, onBack, onGap } = following;
  let cursor: string | null = following.after;
  let isLost = false;
  let failures = 0;

  function takeChange({ fileChanges }: { readonly fileChanges: Change }): void {
    cursor = fileChanges.cursor;
    failures = 0;
    onChange(fileChanges);
  }

  function noteConnected(): void {
    if (isLost) onBack();
    isLost = false;
  }

  for (;;) {
    try {
      cursor ??= await readFeedCursor(server, signal);
      const variables = { after: cursor, filter };
      const stream = { query: FOLLOW, variables, onData: takeChange, onConnected: noteConnected };
      await openStream(server, stream, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CursorLost) {
        onGap(error);
        cursor = error.oldestCursor;
      } else {
        if (!isTransient(error)) throw error;
        if (!isLost) onLost(error);
        isLost = true;
      }
    }
    failures += 1;
    await pause(100 + jitter(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures)), signal);
  }
}
