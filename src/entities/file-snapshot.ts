// A file as it was at one version: what the change log carries and what every reader of a file is given, so that a
// file read from its row and one read from the log cannot be told apart.
import type { File } from './file.ts';

/** JSON-safe: times are RFC 3339 strings in UTC. */
export type FileSnapshot = Omit<File, 'tenant' | 'createdAt' | 'updatedAt' | 'dueAt' | 'digestDeclared'> & {
  readonly createdAt: string;
  readonly updatedAt: string;
};

export function snapshotOf(file: File): FileSnapshot {
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
    createdAt: file.createdAt.toISOString(),
    updatedAt: file.updatedAt.toISOString(),
  };
}
