// The file in a row of the log (docs/adr/0041): without what the row's own columns say, and without what has its usual value.
// As whole documents, files were two thirds of what a transition writes. Rows from before have all of it, and are read alike.
import type { FileChange } from './file-change.ts';
import type { FileSnapshot, JsonColumn } from './file-snapshot.ts';
import { without } from './left-out.ts';
import type { VisibleProcessing } from './processing.ts';

/** What is left of it. Metadata never changes, so only the registration has it, and whoever has none (`{}`). */
export type LoggedFile = Partial<Omit<FileSnapshot, 'processing'>> & {
  readonly processing?: Partial<VisibleProcessing> | null;
};

/** A file without its JSON of any size. */
export type PlainFile = Omit<FileSnapshot, JsonColumn>;

/** The columns that say something of the file. */
type Columns = Pick<FileChange, 'fileId' | 'version' | 'toState' | 'failure' | 'occurredAt'>;

const USUAL = {
  transfer: 'MANAGED',
  size: null,
  bytesReceived: 0,
  sha256: null,
  attempts: 0,
  failure: null,
  processing: null,
  retryAt: null,
} as const;
const USUAL_PROCESSING: VisibleProcessing = {
  worker: null,
  attempt: 0,
  progress: null,
  message: null,
  leaseExpiresAt: null,
  cancelRequested: false,
};

/** What is not in the document is as here. */
function impliedBy({ fileId, version, toState, failure, occurredAt }: Columns): Partial<PlainFile> {
  return {
    ...USUAL,
    id: fileId,
    version,
    updatedAt: occurredAt.toISOString(),
    ...(toState != null && { state: toState, failure: failure ?? null }),
  };
}

/** For JSON.stringify. */
export function toLogged(columns: Columns, file: PlainFile): LoggedFile {
  const { processing } = file;
  const left: LoggedFile = without(file, impliedBy(columns));
  return processing === null ? left : { ...left, processing: without(processing, USUAL_PROCESSING) };
}

/** @param logged without its metadata and properties, or with those of rows that have them */
export function fromLogged<Logged extends LoggedFile>(columns: Columns, logged: Logged): PlainFile & Logged {
  const { processing = null } = logged;
  const whole = Object.assign(impliedBy(columns), logged, {
    processing: processing && { ...USUAL_PROCESSING, ...processing },
  });
  return whole as PlainFile & Logged;
}
