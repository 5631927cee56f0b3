// Files as the client receives them, for tests without a server.
import type { ListedFileFragment } from '../../packages/client/src/generated/operations.ts';

export type ModelFile = ListedFileFragment;

/** Its id is `file_` and the name. */
export const fileNamed = (name: string, more: Partial<ModelFile> = {}): ModelFile => ({
  id: `file_${name}`,
  name,
  contentType: 'text/plain',
  transfer: 'EXTERNAL',
  size: 1,
  bytesReceived: 0,
  sha256: null,
  state: 'UNTRACKED',
  version: 0,
  attempts: 0,
  maxAttempts: 5,
  failure: null,
  allowedEvents: [],
  metadata: {},
  createdAt: '2026-11-27T10:00:00.000Z',
  updatedAt: '2026-11-27T10:00:00.000Z',
  ...more,
});
