// A file as it was at one version: the change log stores it, and every reader of a file gets it, so a file looks the same
// whether it was read from its row or from the log.
import type { File } from './file.ts';
import type { JsonText } from './json-text.ts';
import { type VisibleProcessing, visibleProcessing } from './processing.ts';

type Hidden = 'tenant' | 'dueAt' | 'digestDeclared' | 'queue' | 'claimableAt';

/** JSON-safe: times are RFC 3339 strings in UTC. */
export type FileSnapshot = Omit<File, Hidden | 'processing' | 'createdAt' | 'updatedAt'> & {
  readonly processing: VisibleProcessing | null;
  /** When a FAILED file is retried by itself; null: it is not. Snapshots of earlier versions do not have it. */
  readonly retryAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** What a file has of JSON of any size: lists leave it out, or keep it as text. */
export const JSON_COLUMNS = ['metadata', 'properties'] as const;
export type JsonColumn = (typeof JSON_COLUMNS)[number];

type WithJson<Of extends File | FileSnapshot, Metadata, Properties> = Omit<Of, JsonColumn> & {
  readonly metadata: Metadata;
  readonly properties: Properties;
};

/** A file of a list. What was not asked for is null. */
export type ListedFile = WithJson<FileSnapshot, JsonText | null, JsonText | null>;

/** A time as a Date, or as text that clients are to see. */
type Time = Date | string;

type Times = 'createdAt' | 'updatedAt' | 'dueAt' | 'claimableAt';

/** What a snapshot shows, from an entity or from a row. */
type Shown = Omit<File, JsonColumn | Times | 'tenant' | 'digestDeclared' | 'queue'> & {
  readonly createdAt: Time;
  readonly updatedAt: Time;
  readonly dueAt?: Time | null | undefined;
  readonly claimableAt?: Time | null | undefined;
};

const textOf = (time: Time): string => (typeof time === 'string' ? time : time.toISOString());

/** What a FAILED file is due for once all its bytes are here is its retry (src/lifecycle/batch/batch.ts). */
function retryAtOf({ failure, transfer, bytesReceived, size, dueAt }: Shown): string | null {
  const isComplete = transfer === 'MANAGED' && bytesReceived === size;
  return failure != null && isComplete && dueAt != null ? textOf(dueAt) : null;
}

export function snapshotOf<Metadata, Properties>(
  file: Shown & { readonly metadata: Metadata; readonly properties: Properties },
): WithJson<FileSnapshot, Metadata, Properties> {
  return {
    id: file.id,
    name: file.name,
    contentType: file.contentType,
    transfer: file.transfer,
    size: file.size ?? null,
    bytesReceived: file.bytesReceived,
    sha256: file.sha256 ?? null,
    state: file.state,
    version: file.version,
    attempts: file.attempts,
    maxAttempts: file.maxAttempts,
    failure: file.failure ?? null,
    metadata: file.metadata,
    properties: file.properties,
    processing: visibleProcessing(file.processing, file.claimableAt == null ? null : textOf(file.claimableAt)),
    retryAt: retryAtOf(file),
    createdAt: textOf(file.createdAt),
    updatedAt: textOf(file.updatedAt),
  };
}
