// A change as subscribers receive it: a row of the log that has its position in the feed, or upload progress.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { LoggedKind } from '../entities/file-change.ts';
import type { FileState } from '../fsm/machine.ts';
import type { TransitionRecord } from '../lifecycle/commands.ts';
import type { Place } from './place.ts';

export interface LoggedChange extends Place {
  readonly kind: LoggedKind;
  readonly tenant: string;
  readonly fileId: string;
  readonly version: number;
  /** The file as of this change. */
  readonly file: FileSnapshot;
  readonly transition: TransitionRecord | null;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
  /** The row cannot be read: it has no file, and streams that it may be for end (docs/adr/0026). */
  readonly isDamaged?: true;
}

/** The fields of a file that its progress is computed from. */
export type ProgressFacts = Pick<
  FileSnapshot,
  'id' | 'state' | 'version' | 'bytesReceived' | 'size' | 'processing' | 'updatedAt'
>;

/** What a file is doing: waiting for its upload, being uploaded, waiting for a worker, being processed, or done. */
export const PROGRESS_PHASES = ['WAITING', 'RECEIVING', 'QUEUED', 'RUNNING', 'DONE'] as const;
export type ProgressPhase = (typeof PROGRESS_PHASES)[number];

/** How far an upload has come, and the processing after it. */
export interface UploadProgress {
  readonly fileId: string;
  /** Of the file: tells progress from before a logged change from progress after it. */
  readonly version: number;
  readonly state: FileState;
  readonly bytesReceived: number;
  readonly size: number | null;
  /** Over the last seconds; null until known. */
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly phase: ProgressPhase;
  /** 0 to 1, of the phase; null while it is not known. */
  readonly fraction: number | null;
  /** What the worker is doing, in its words. */
  readonly message: string | null;
  /** RFC 3339, UTC: when the file's row last changed. */
  readonly asOf: string;
}

/** Progress between logged changes. It is not in the log; its place is that of the last logged change. */
export interface ProgressChange extends Place {
  readonly kind: 'PROGRESSED';
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
  /** Also the change with which a file leaves `states`: its state before the change was one of them. */
  readonly follow: boolean;
  readonly kinds: ReadonlySet<ChangeKind>;
}

/** The changes that a subscriber asks for. */
export interface Interest {
  readonly tenant: string;
  readonly filter: ChangeFilter;
}

/** Every change that is in the log. */
export const LOGGED_CHANGES: ChangeFilter = {
  ids: null,
  states: null,
  follow: false,
  kinds: new Set<ChangeKind>(['REGISTERED', 'TRANSITIONED', 'DELETED']),
};

/** What a filter looks at. */
export interface FilteredFacts {
  readonly kind: ChangeKind;
  readonly fileId: string;
  /** After the change. */
  readonly state: FileState;
  /** Before the change; null where nothing moved. */
  readonly from: FileState | null;
}

export const factsOf = ({ kind, fileId, file, transition }: LoggedChange): FilteredFacts => ({
  kind,
  fileId,
  state: file.state,
  from: transition?.from ?? null,
});

export function matches({ ids, states, follow, kinds }: ChangeFilter, facts: FilteredFacts): boolean {
  if (!kinds.has(facts.kind)) return false;
  if (ids !== null && !ids.has(facts.fileId)) return false;
  if (states === null || states.has(facts.state)) return true;
  return follow && facts.from !== null && states.has(facts.from);
}

/** Whether somebody may have asked for a change of which not everything is known. */
export const mayConcern = ({ tenant, filter }: Interest, change: LoggedChange): boolean =>
  (change.tenant === '' || change.tenant === tenant) &&
  (change.fileId === '' || filter.ids === null || filter.ids.has(change.fileId));
