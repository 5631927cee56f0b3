// A change as subscribers get it: one row of the log that has its place in the feed.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { LoggedKind } from '../entities/file-change.ts';
import type { FileState } from '../fsm/machine.ts';
import type { TransitionRecord } from '../lifecycle/commands.ts';

export interface LoggedChange {
  /** Place in the feed: from 1, +1 each, no gaps. */
  readonly position: number;
  readonly kind: LoggedKind;
  readonly tenant: string;
  readonly fileId: string;
  readonly version: number;
  /** The file as of this change. */
  readonly file: FileSnapshot;
  readonly transition: TransitionRecord | null;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
}

/** What of a file its progress is told from. */
export type ProgressFacts = Pick<FileSnapshot, 'id' | 'state' | 'version' | 'bytesReceived' | 'size' | 'updatedAt'>;

/** How far an upload has come. `bytesPerSecond` is over the last seconds; null until known. */
export interface UploadProgress {
  readonly fileId: string;
  /** The file's version: tells progress from before a logged change from progress after it. */
  readonly version: number;
  readonly state: FileState;
  readonly bytesReceived: number;
  readonly size: number | null;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  /** RFC 3339, UTC: when the file's row last changed. */
  readonly asOf: string;
}

/** Not in the log: newest wins. */
export interface ProgressChange {
  readonly kind: 'PROGRESSED';
  readonly position: number;
  readonly fileId: string;
  readonly progress: UploadProgress;
  readonly occurredAt: string;
}

export type Change = LoggedChange | ProgressChange;
export type ChangeKind = Change['kind'];
export const CHANGE_KINDS = ['REGISTERED', 'TRANSITIONED', 'PROGRESSED', 'DELETED'] as const satisfies ChangeKind[];

export interface ChangeFilter {
  readonly ids: ReadonlySet<string> | null;
  /** The state after the change. */
  readonly states: ReadonlySet<FileState> | null;
  readonly kinds: ReadonlySet<ChangeKind>;
}

export const LOGGED_CHANGES: ChangeFilter = {
  ids: null,
  states: null,
  kinds: new Set<ChangeKind>(['REGISTERED', 'TRANSITIONED', 'DELETED']),
};

export function matches(filter: ChangeFilter, kind: ChangeKind, fileId: string, state: FileState): boolean {
  return (
    filter.kinds.has(kind) &&
    (filter.ids === null || filter.ids.has(fileId)) &&
    (filter.states === null || filter.states.has(state))
  );
}
