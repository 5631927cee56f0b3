// Reads many files with few requests: lookups of the same moment share one query.
import DataLoader from 'dataloader';
import { FILE_FIELDS, type FileFacts } from './files.ts';
import { type Variables, request } from './request.ts';
import { type OnRetry, withRetries } from './retry.ts';
import type { Server } from './server.ts';

// The server allows 200 aliases in one document.
const MAX_BATCH = 200;
// With several uploads in parallel, about this much apart is "the same moment".
const COLLECT_MS = 10;

export interface FileLookup {
  /** The file as it is now; null when it does not exist. Retries transient errors. */
  read(id: string): Promise<FileFacts | null>;
}

export function createFileLookup(server: Server, onRetry: OnRetry, signal: AbortSignal): FileLookup {
  const readBatch = (ids: readonly string[]): Promise<(FileFacts | null)[]> =>
    withRetries(() => readFiles(server, ids, signal), onRetry, signal);
  const loader = new DataLoader<string, FileFacts | null>(readBatch, {
    cache: false,
    maxBatchSize: MAX_BATCH,
    batchScheduleFn: (callback) => setTimeout(callback, COLLECT_MS),
  });
  return { read: (id) => loader.load(id) };
}

async function readFiles(server: Server, ids: readonly string[], signal: AbortSignal): Promise<(FileFacts | null)[]> {
  const parameters = ids.map((_id, index) => `$i${index}: ID!`).join(' ');
  const fields = ids.map((_id, index) => `f${index}: file(id: $i${index}) { ...F }`).join(' ');
  const variables: Variables = Object.fromEntries(ids.map((id, index) => [`i${index}`, id]));
  const query = `query (${parameters}) { ${fields} } ${FILE_FIELDS}`;
  const files = await request<Record<string, FileFacts | null>>(server, query, variables, signal);
  return ids.map((_id, index) => files[`f${index}`] ?? null);
}
