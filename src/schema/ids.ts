// Global ids: opaque to clients, unique across types, and readable: `file_<uuid>`, `transition_<file uuid>_<version>`.
import type { TransitionKey } from '../lifecycle/file-reader.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const FILE_ID = new RegExp(`^file_(${UUID})$`);
const TRANSITION_ID = new RegExp(`^transition_(${UUID})_([1-9]\\d{0,8})$`);

export const encodeFileId = (fileId: string): string => `file_${fileId}`;

export const encodeTransitionId = ({ fileId, version }: TransitionKey): string => `transition_${fileId}_${version}`;

/** The UUID in a file's global id; null when it is none. */
export const decodeFileId = (id: string): string | null => FILE_ID.exec(id)?.[1] ?? null;

export function decodeTransitionId(id: string): TransitionKey | null {
  const [, fileId, version] = TRANSITION_ID.exec(id) ?? [];
  return fileId === undefined ? null : { fileId, version: Number(version) };
}
