// Global ids: opaque to clients, unique across types, and readable: `file_<uuid>`, `transition_<file uuid>_<version>`.
import type { TransitionKey } from '../lifecycle/file-reader.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NODE_ID = new RegExp(`^(?:file_(${UUID})|transition_(${UUID}_[1-9]\\d{0,8}))$`);

/** For Pothos' relay plugin: the type's name in lower case, and its own id. */
export const encodeId = (typename: string, id: string | number | bigint): string => `${typename.toLowerCase()}_${id}`;

/** An id that is none of ours has the empty type name: it is answered like one that never was. */
export function decodeId(globalId: string): { typename: 'File' | 'Transition' | ''; id: string } {
  const [, fileId, transition] = NODE_ID.exec(globalId) ?? [];
  if (fileId !== undefined) return { typename: 'File', id: fileId };
  if (transition !== undefined) return { typename: 'Transition', id: transition };
  return { typename: '', id: globalId };
}

/** The UUID in a file's global id; null when it is none. */
export function decodeFileId(globalId: string): string | null {
  const { typename, id } = decodeId(globalId);
  return typename === 'File' ? id : null;
}

export const transitionKey = ({ fileId, version }: TransitionKey): string => `${fileId}_${version}`;

/** The inverse of `transitionKey`. */
export function parseTransitionKey(key: string): TransitionKey {
  const [fileId = '', version] = key.split('_');
  return { fileId, version: Number(version) };
}
